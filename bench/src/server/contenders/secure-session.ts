import { fastifySecureSession } from '@fastify/secure-session';
import { Controller, Get, Post, Req } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomBytes } from 'node:crypto';
import { sampleSession, type ShopSession } from 'measuring/child';
import { NoopController } from './noop.controller.js';
import { OK, type SessionSetup } from './session-setup.js';

interface Request {
  readonly session: {
    get<K extends keyof ShopSession>(key: K): ShopSession[K];
    set<K extends keyof ShopSession>(key: K, value: ShopSession[K]): void;
  };
}

/** The routes as users of @fastify/secure-session write them. */
@Controller()
class SecureSessionController {
  private writes = 0;

  @Post('start')
  start(@Req() { session }: Request): typeof OK {
    const shop = sampleSession();
    for (const key of Object.keys(shop) as (keyof ShopSession)[]) session.set(key, shop[key]);
    return OK;
  }

  @Get('read')
  read(@Req() { session }: Request): { city: string } {
    return { city: session.get('user').address.city };
  }

  @Post('write')
  write(@Req() { session }: Request): typeof OK {
    session.set('visits', 1_000_000 + ++this.writes);
    return OK;
  }
}

/** @fastify/secure-session: the sealed cookie that people use with Fastify. With a key, since a secret makes its start slow. */
export function secureSession(): SessionSetup {
  return {
    module: { controllers: [NoopController, SecureSessionController] },
    async prepare(app) {
      await (app as NestFastifyApplication).register(fastifySecureSession, {
        key: randomBytes(32),
        cookieName: 'sid',
        cookie: { path: '/' },
      });
    },
  };
}
