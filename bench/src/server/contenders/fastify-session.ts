import { fastifyCookie } from '@fastify/cookie';
import { fastifySession as plugin, type FastifySessionOptions } from '@fastify/session';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RedisStore } from 'connect-redis';
import { NoopController } from './noop.controller.js';
import { PeerController } from './peer.controller.js';
import { connectedRedis, type PeerForm, SECRET } from './peer-options.js';
import type { SessionSetup } from './session-setup.js';

/** Best form: only changed sessions are written. It has no touch that could be turned off. */
const BEST = { saveUninitialized: false, rolling: false } as const;

/** @fastify/session with connect-redis. `secure: false` is what it needs to work over plain HTTP at all. */
export async function fastifySession(redisUrl: string, form: PeerForm): Promise<SessionSetup> {
  const client = await connectedRedis(redisUrl);
  const store = new RedisStore({ client, prefix: `${form}:` }) as unknown as NonNullable<
    FastifySessionOptions['store']
  >;
  return {
    module: { controllers: [NoopController, PeerController] },
    async prepare(app) {
      const fastify = app as NestFastifyApplication;
      await fastify.register(fastifyCookie);
      await fastify.register(plugin, {
        secret: SECRET,
        store,
        cookie: { secure: false },
        ...(form === 'best' && BEST),
      });
    },
  };
}
