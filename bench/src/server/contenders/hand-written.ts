import { Controller, Get, Inject, Post, Req, Res, UnauthorizedException } from '@nestjs/common';
import { Redis } from 'ioredis';
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { sampleSession, type ShopSession } from 'measuring/child';
import { NoopController } from './noop.controller.js';
import { OK, type SessionSetup } from './session-setup.js';

const DAY_MS = 86_400_000;
const SID = /(?:^|; )sid=([A-Za-z0-9_-]{43})(?:;|$)/;

interface Request {
  readonly headers: IncomingHttpHeaders;
}

interface Response {
  header(name: string, value: string): unknown;
}

/** What somebody would write without any library, and without any of its promises: the limit. */
@Controller()
class HandWrittenController {
  private writes = 0;

  constructor(@Inject(Redis) private readonly redis: Redis) {}

  @Post('start')
  async start(@Res({ passthrough: true }) response: Response): Promise<typeof OK> {
    const id = randomBytes(32).toString('base64url');
    await this.redis.set(`hand:${id}`, JSON.stringify(sampleSession()), 'PX', DAY_MS);
    response.header('Set-Cookie', `sid=${id}; Path=/; HttpOnly; SameSite=Lax`);
    return OK;
  }

  @Get('read')
  async read(@Req() request: Request): Promise<{ city: string }> {
    const session = await this.load(keyOf(request));
    return { city: session.user.address.city };
  }

  @Post('write')
  async write(@Req() request: Request): Promise<typeof OK> {
    const key = keyOf(request);
    const session = await this.load(key);
    session.visits = 1_000_000 + ++this.writes;
    await this.redis.set(key, JSON.stringify(session), 'PX', DAY_MS);
    return OK;
  }

  private async load(key: string): Promise<ShopSession> {
    const stored = await this.redis.get(key);
    if (stored === null) throw new UnauthorizedException();
    return JSON.parse(stored) as ShopSession;
  }
}

/** A cookie, a raw GET with ioredis, JSON.parse: nothing that reads a session from Redis can do less. */
export function handWritten(redisUrl: string): SessionSetup {
  return {
    module: {
      controllers: [NoopController, HandWrittenController],
      providers: [{ provide: Redis, useFactory: () => new Redis(redisUrl) }],
    },
  };
}

function keyOf(request: Request): string {
  const id = SID.exec(request.headers.cookie ?? '')?.[1];
  if (id === undefined) throw new UnauthorizedException();
  return `hand:${id}`;
}
