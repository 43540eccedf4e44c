import { type INestApplication, type LogLevel, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import { cookieSessions } from 'nestjs-shared-session/cookie';
import { memcachedSessions } from 'nestjs-shared-session/memcached';
import { redisSessions } from 'nestjs-shared-session/redis';
import { typeormSessions } from 'nestjs-shared-session/typeorm';
import { randomBytes } from 'node:crypto';
import { CONTENDERS, type Kind, type Platform, type Way } from '../contenders.js';
import { connectMemjs } from './contenders/connect-memjs.js';
import { expressMysqlSession } from './contenders/express-mysql-session.js';
import { expressSession } from './contenders/express-session.js';
import { fastifySession } from './contenders/fastify-session.js';
import { handWritten } from './contenders/hand-written.js';
import { ironSession } from './contenders/iron-session.js';
import { secureSession } from './contenders/secure-session.js';
import { sharedSession } from './contenders/shared-session.js';
import type { PeerForm } from './contenders/peer-options.js';
import type { SessionSetup } from './contenders/session-setup.js';
import { withoutSession } from './contenders/without-session.js';

type Setup = (storeUrl: string, platform: Platform) => SessionSetup | Promise<SessionSetup>;

/** By way and kind; those that nobody asks for are not there. */
const SETUPS: Readonly<Record<Way, Partial<Record<Kind, Setup>>>> = {
  redis: {
    without: withoutSession,
    'hand-written': handWritten,
    shared: (url) => sharedSession(redisSessions(url)),
    'peer-default': (url, platform) => redisPeer(url, platform, 'default'),
    'peer-best': (url, platform) => redisPeer(url, platform, 'best'),
  },
  mysql: { shared: (url) => sharedSession(typeormSessions(url)), 'peer-best': expressMysqlSession },
  memcached: { shared: (url) => sharedSession(memcachedSessions(url)), 'peer-best': connectMemjs },
  cookie: {
    shared: () => sharedSession(cookieSessions({ secrets: [randomBytes(48).toString('base64')], revocations: 'none' })),
    'peer-best': (_url, platform) => (platform === 'express' ? ironSession() : secureSession()),
  },
};

/** What is in it is up to the contender. */
@Module({})
class BenchModule {}

/** Starts the one Nest application of this benchmark, with the sessions of this contender; answers its port. */
export async function startApplication(contenderId: string, storeUrl: string): Promise<number> {
  const contender = CONTENDERS.find(({ id }) => id === contenderId);
  if (contender === undefined) throw new Error(`there is no contender "${contenderId}"`);
  const setUp = SETUPS[contender.way][contender.kind];
  if (setUp === undefined) throw new Error(`nobody knows how to set up "${contenderId}"`);
  const setup = await setUp(storeUrl, contender.platform);
  const app = await createApplication(contender.platform, setup);
  await setup.prepare?.(app);
  await app.listen(0, '127.0.0.1');
  return (app.getHttpServer() as { address(): AddressInfo }).address().port;
}

function redisPeer(redisUrl: string, platform: Platform, form: PeerForm): Promise<SessionSetup> {
  return platform === 'express' ? expressSession(redisUrl, form) : fastifySession(redisUrl, form);
}

function createApplication(platform: Platform, { module }: SessionSetup): Promise<INestApplication> {
  const options = { logger: ['error', 'warn'] as LogLevel[] };
  const root = { module: BenchModule, ...module };
  return platform === 'express'
    ? NestFactory.create(root, options)
    : NestFactory.create(root, new FastifyAdapter(), options);
}
