import type { Server } from 'node:http';
import { fastifyCookie } from '@fastify/cookie';
import { fastifySession, type FastifySessionOptions } from '@fastify/session';
import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RedisStore } from 'connect-redis';
import expressSession from 'express-session';
import { createClient } from 'redis';
import {
  BodyValidationPipe,
  createApplication,
  ErrorBodyFilter,
  INSTANCE_NAME,
  type InstanceSettings,
  nameAnswers,
} from 'shared-session-demo/shop';
import type { PeerAddress } from './peer-address.js';
import { PeerHealthController, PING } from './peer-health.controller.js';
import { PeerShopController } from './peer-shop.controller.js';

@Module({
  controllers: [PeerShopController, PeerHealthController],
  providers: [
    { provide: APP_PIPE, useClass: BodyValidationPipe },
    { provide: APP_FILTER, useClass: ErrorBodyFilter },
  ],
})
class PeerModule {}

type UseSessions = (app: INestApplication<Server>, store: RedisStore, secret: string) => Promise<void>;

/** Both in the form in which they do the least: nothing unchanged is saved, nobody without data gets a session. */
const LEAST = { saveUninitialized: false, rolling: false } as const;

const USE: Readonly<Record<string, UseSessions>> = {
  'express-session': async (app, store, secret) => {
    app.use(expressSession({ secret, store, resave: false, ...LEAST }));
  },
  'fastify-session': async (app, store, secret) => {
    const fastify = app as unknown as NestFastifyApplication;
    await fastify.register(fastifyCookie);
    await fastify.register(fastifySession, {
      secret,
      store: store as unknown as NonNullable<FastifySessionOptions['store']>,
      // It works over plain HTTP only so.
      cookie: { secure: false },
      ...LEAST,
    });
  },
};

/** The demo's shop over another session library, with its sessions in Redis. */
export async function createPeer(settings: InstanceSettings): Promise<INestApplication<Server>> {
  const { redis, secret } = JSON.parse(settings.storeAddress) as PeerAddress;
  const client = createClient({ url: redis });
  // It reconnects by itself; without a listener the process would end.
  client.on('error', () => undefined);
  await client.connect();
  const module: DynamicModule = {
    module: PeerModule,
    providers: [
      { provide: INSTANCE_NAME, useValue: settings.name },
      { provide: PING, useValue: () => client.ping() },
    ],
  };
  const app = await createApplication(settings.platform, module, { logger: false, abortOnError: false });
  await USE[settings.store]?.(app, new RedisStore({ client, disableTouch: true }), secret);
  nameAnswers(app.getHttpServer(), settings.name);
  return app;
}
