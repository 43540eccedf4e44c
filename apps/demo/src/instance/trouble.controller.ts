import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  InternalServerErrorException,
  Post,
  Query,
  Redirect,
  Res,
} from '@nestjs/common';
import { Session } from 'nestjs-shared-session';
import { FillBody, KeyValueBody, SlowBody } from './bodies.js';
import { INSTANCE_NAME } from './instance-name.js';
import { PausePipe } from './pause.js';
import { takeOver, type AnyResponse } from './raw-response.js';
import { viewOf, type SessionView, type Shop } from './session-view.js';

/** Far more than the library takes, and little enough for this process. */
const MOST_FILLER = 4 * 1024 * 1024;

/** What goes wrong with sessions elsewhere: slow requests, exceptions, redirects, streams, too much data. */
@Controller('api')
export class TroubleController {
  constructor(@Inject(INSTANCE_NAME) private readonly instance: string) {}

  @Post('slow')
  @HttpCode(200)
  async slow(@Session() session: Session<Shop>, @Body() { ms, key, value }: SlowBody): Promise<SessionView> {
    await delay(ms);
    session.data[key] = value;
    await session.save();
    return viewOf(this.instance, session);
  }

  @Get('slow-read')
  async slowRead(@Session() session: Session<Shop>, @Query('ms', PausePipe) ms: number): Promise<SessionView> {
    await delay(ms);
    return viewOf(this.instance, session);
  }

  @Post('throw')
  @HttpCode(200)
  throw(@Session() session: Session<Shop>, @Body() { key, value }: KeyValueBody): never {
    session.data[key] = value;
    throw new InternalServerErrorException('Thrown on purpose, after the key was set');
  }

  @Post('redirect')
  @Redirect('/api/session', 303)
  redirect(@Session() session: Session<Shop>, @Body() { key, value }: KeyValueBody): void {
    session.data[key] = value;
  }

  @Post('stream')
  async stream(
    @Session() session: Session<Shop>,
    @Body() { key, value }: KeyValueBody,
    @Res() reply: AnyResponse,
  ): Promise<void> {
    const response = takeOver(reply);
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
    if (!(await sent(response, 'first chunk\n'))) return;
    session.data[key] = value;
    response.end('last chunk\n');
  }

  @Post('fill')
  @HttpCode(200)
  async fill(@Session() session: Session<Shop>, @Body() { bytes }: FillBody): Promise<SessionView> {
    session.data['filler'] = 'x'.repeat(Math.min(bytes, MOST_FILLER));
    await session.save();
    return viewOf(this.instance, session);
  }
}

/** Sends a chunk; true when it is on its way, false when the client has gone. */
async function sent(response: ServerResponse, chunk: string): Promise<boolean> {
  return new Promise((resolve) => {
    response.once('close', () => resolve(false));
    response.write(chunk, (error) => resolve(!error));
  });
}
