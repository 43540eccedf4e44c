import { setTimeout as delay } from 'node:timers/promises';
import {
  BadRequestException,
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Req,
} from '@nestjs/common';
import {
  FillBody,
  INSTANCE_NAME,
  LoginBody,
  PausePipe,
  SessionKeyPipe,
  type SessionView,
  SlowBody,
  ValueBody,
} from 'shared-session-demo/shop';
import { done, type PeerRequest } from './session-shape.js';

/** Far more than anybody keeps in a session. */
const MOST_FILLER = 4 * 1024 * 1024;

/** The demo's shop as users of the other libraries write it: each handler saves before it answers. */
@Controller('api')
export class PeerShopController {
  constructor(@Inject(INSTANCE_NAME) private readonly instance: string) {}

  @Get('noop')
  noop(): { instance: string } {
    return { instance: this.instance };
  }

  @Get('session')
  show(@Req() request: PeerRequest): SessionView {
    return this.view(request);
  }

  @Put('session/data/:key')
  async set(
    @Req() request: PeerRequest,
    @Param('key', SessionKeyPipe) key: string,
    @Body() { value }: ValueBody,
  ): Promise<SessionView> {
    return this.store(request, key, value);
  }

  /** There is no atomic change: it is read, changed and written, as everybody does. */
  @Post('session/increment/:key')
  @HttpCode(200)
  async increment(
    @Req() request: PeerRequest,
    @Param('key', SessionKeyPipe) key: string,
  ): Promise<{ instance: string; value: number }> {
    const before = request.session.data?.[key] ?? 0;
    if (typeof before !== 'number') throw new BadRequestException('The value is no number');
    await this.store(request, key, before + 1);
    return { instance: this.instance, value: before + 1 };
  }

  @Post('login')
  @HttpCode(200)
  async login(@Req() request: PeerRequest, @Body() { user }: LoginBody): Promise<SessionView> {
    const { data = {} } = request.session;
    await done(request.session, 'regenerate');
    // Another object than before.
    Object.assign(request.session, { principal: user, data });
    await done(request.session, 'save');
    return this.view(request);
  }

  @Post('logout')
  @HttpCode(204)
  async logout(@Req() request: PeerRequest): Promise<void> {
    await done(request.session, 'destroy');
  }

  @Post('slow')
  @HttpCode(200)
  async slow(@Req() request: PeerRequest, @Body() { ms, key, value }: SlowBody): Promise<SessionView> {
    await delay(ms);
    return this.store(request, key, value);
  }

  @Get('slow-read')
  async slowRead(@Req() request: PeerRequest, @Query('ms', PausePipe) ms: number): Promise<SessionView> {
    await delay(ms);
    return this.view(request);
  }

  @Post('fill')
  @HttpCode(200)
  async fill(@Req() request: PeerRequest, @Body() { bytes }: FillBody): Promise<SessionView> {
    return this.store(request, 'filler', 'x'.repeat(Math.min(bytes, MOST_FILLER)));
  }

  private async store(request: PeerRequest, key: string, value: unknown): Promise<SessionView> {
    request.session.data = { ...request.session.data, [key]: value };
    await done(request.session, 'save');
    return this.view(request);
  }

  /** They have neither a version nor a handle. */
  private view({ session }: PeerRequest): SessionView {
    const principal = session.principal ?? null;
    const data = session.data ?? {};
    const isNew = principal === null && Object.keys(data).length === 0;
    return {
      instance: this.instance,
      isNew,
      data,
      principal,
      handle: null,
      version: 0,
      createdAt: null,
      expiresAt: null,
    };
  }
}
