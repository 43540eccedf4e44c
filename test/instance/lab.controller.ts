import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  HttpException,
  HttpStatus,
  Param,
  Post,
  Put,
  Redirect,
  Req,
  Res,
  Sse,
} from '@nestjs/common';
import { RequireLogin, Session, SessionManager } from 'nestjs-shared-session';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { type Observable, of } from 'rxjs';

type AnyResponse = ServerResponse & { raw?: ServerResponse; hijack?: () => void };

/** Node's own response, taken out of the framework's hands. */
function rawOf(response: AnyResponse): ServerResponse {
  response.hijack?.();
  return response.raw ?? response;
}

/** Lets a test in the same process hold a handler between the opening of its session and the change. */
class Barrier {
  private waiting: { reached: () => void; proceed: Promise<void> } | undefined;

  set(): { reached: Promise<void>; proceed: () => void } {
    let reach: () => void = () => undefined;
    let proceed: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    this.waiting = { reached: reach, proceed: new Promise<void>((resolve) => (proceed = resolve)) };
    return { reached, proceed };
  }

  async pass(): Promise<void> {
    this.waiting?.reached();
    await this.waiting?.proceed;
  }
}

export const barrier = new Barrier();

/** Handlers that answer in every way in which a handler can answer. */
@Controller()
export class LabController {
  constructor(private readonly sessions: SessionManager) {}

  @Get('noop')
  noop(): object {
    return {};
  }

  @Get('session')
  read(@Session() session: Session): object {
    return { data: session.data, isNew: session.isNew, principal: session.principal ?? null, version: session.version };
  }

  @Get('poll')
  poll(@Session({ passive: true }) session: Session): object {
    return { expiresAt: session.expiresAt };
  }

  @Get('me')
  @RequireLogin()
  me(@Session() session: Session): object {
    return { principal: session.principal };
  }

  @Put('data/:key')
  set(@Session() session: Session, @Param('key') key: string, @Body() { value }: { value: unknown }): object {
    session.data[key] = value;
    return {};
  }

  @Post('login')
  @HttpCode(HttpStatus.OK)
  async login(@Session() session: Session, @Body() { user }: { user: string }): Promise<object> {
    await session.login(user);
    return {};
  }

  @Post('logout')
  @HttpCode(HttpStatus.OK)
  async logout(@Session() session: Session): Promise<object> {
    await session.logout();
    return {};
  }

  @Post('regenerate')
  @HttpCode(HttpStatus.OK)
  async regenerate(@Session() session: Session): Promise<object> {
    await session.regenerate();
    return {};
  }

  @Post('redirect')
  @Redirect('/session', 303)
  redirect(@Session() session: Session): void {
    session.data['redirected'] = true;
  }

  @Post('throw/:status')
  fail(@Session() session: Session, @Param('status') status: string): void {
    session.data['thrown'] = status;
    throw status === 'plain' ? new Error('handler failed') : new HttpException('as asked', Number(status));
  }

  @Post('login-then-throw')
  async loginThenThrow(@Session() session: Session): Promise<void> {
    await session.login('ann');
    throw new Error('handler failed');
  }

  @Post('own-headers')
  @Header('Set-Cookie', 'other=1')
  @Header('Vary', 'Origin')
  @Header('Cache-Control', 'private')
  ownHeaders(@Session() session: Session): object {
    session.data['own'] = 1;
    return {};
  }

  @Post('write-head/:form')
  writeHead(@Session() session: Session, @Param('form') form: string, @Res() response: AnyResponse): void {
    session.data['form'] = form;
    const raw = rawOf(response);
    if (form === 'flat') raw.writeHead(201, ['X-A', '1', 'set-cookie', 'a=1', 'Set-Cookie', 'b=2']);
    else if (form === 'object')
      raw.writeHead(201, 'Fine', { 'X-A': '1', 'SET-COOKIE': ['a=1', 'b=2'], vary: 'Origin' });
    else raw.setHeader('X-A', '1').setHeader('set-cookie', ['a=1', 'b=2']).writeHead(201);
    raw.end('done');
  }

  @Post('flush')
  flush(@Session() session: Session, @Res() response: AnyResponse): void {
    const raw = rawOf(response);
    session.data['flushed'] = 1;
    raw.flushHeaders();
    raw.write('one ');
    raw.end('two');
  }

  /** Everything in one go, more than any buffer takes, from a source that minds back pressure. */
  @Post('pipe')
  pipe(@Session() session: Session, @Res() response: AnyResponse): void {
    session.data['piped'] = 1;
    const raw = rawOf(response);
    raw.setHeader('content-type', 'text/plain');
    Readable.from(Array.from({ length: 100 }, () => 'x'.repeat(10_000))).pipe(raw);
  }

  /** A change, and a login, after the first byte. */
  @Post('late/:action')
  async late(
    @Session() session: Session,
    @Param('action') action: string,
    @Res() response: AnyResponse,
  ): Promise<void> {
    const raw = rawOf(response);
    raw.writeHead(200, { 'content-type': 'text/plain' });
    raw.write('begun ');
    await new Promise(setImmediate);
    session.data['late'] = action;
    const told = action === 'login' ? await session.login('ann').catch((error: Error) => error.name) : 'ended';
    raw.end(String(told));
  }

  /** Arguments that Node refuses when the head is made at last. */
  @Post('bad-head')
  badHead(@Session() session: Session, @Res() response: AnyResponse): void {
    session.data['bad'] = 1;
    const raw = rawOf(response);
    raw.writeHead(200, { 'x-bad': 'line\nbreak' });
    raw.end();
  }

  /** What a filter or Fastify would look at while the gate holds. */
  @Post('look')
  look(@Session() session: Session, @Res() response: AnyResponse): void {
    session.data['looked'] = 1;
    const raw = rawOf(response);
    const before = raw.headersSent;
    raw.writeHead(200, { 'x-before': String(before), 'x-after': 'see trailer', trailer: 'x-sent' });
    raw.addTrailers({ 'x-sent': `${raw.headersSent}` });
    raw.end('looked');
  }

  @Sse('events')
  events(@Session() session: Session): Observable<{ data: string }> {
    session.data['sse'] = 1;
    return of({ data: 'one' }, { data: 'two' });
  }

  @Post('increment/:key')
  async increment(@Session() session: Session, @Param('key') key: string): Promise<object> {
    return { value: await session.update((data) => (data[key] = Number(data[key] ?? 0) + 1)) };
  }

  /** Opens the session, waits, and changes it then. */
  @Post('slow')
  async slow(@Session() session: Session, @Body() { ms, key }: { ms: number; key: string }): Promise<object> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    session.data[key] = true;
    return {};
  }

  @Post('when-told')
  async whenTold(@Session() session: Session): Promise<object> {
    await barrier.pass();
    session.data['told'] = true;
    return {};
  }

  @Get('through-service')
  async throughService(@Req() request: never, @Session() session: Session): Promise<object> {
    const opened = await this.sessions.open(request);
    return { same: opened === session };
  }

  @Post('by-request-alone')
  async byRequestAlone(@Req() request: never): Promise<object> {
    const session = await this.sessions.open(request);
    session.data['alone'] = 1;
    return {};
  }

  @Delete('session')
  @HttpCode(HttpStatus.NO_CONTENT)
  async destroy(@Session() session: Session): Promise<void> {
    await session.destroy();
  }
}
