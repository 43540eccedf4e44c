import { type INestApplication, type LogLevel, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import { CONTENDERS, type Kind, type Platform } from '../contenders.js';
import { expressSession } from './contenders/express-session.js';
import { fastifySession } from './contenders/fastify-session.js';
import { handWritten } from './contenders/hand-written.js';
import { sharedSession } from './contenders/shared-session.js';
import type { PeerForm } from './contenders/peer-options.js';
import type { SessionSetup } from './contenders/session-setup.js';
import { withoutSession } from './contenders/without-session.js';

type Setup = (redisUrl: string, platform: Platform) => SessionSetup | Promise<SessionSetup>;

const SETUPS: Readonly<Record<Kind, Setup>> = {
  without: withoutSession,
  'hand-written': handWritten,
  shared: sharedSession,
  'peer-default': (redisUrl, platform) => peer(redisUrl, platform, 'default'),
  'peer-best': (redisUrl, platform) => peer(redisUrl, platform, 'best'),
};

/** What is in it is up to the contender. */
@Module({})
class BenchModule {}

/** Starts the one Nest application of this benchmark, with the sessions of this contender; answers its port. */
export async function startApplication(contenderId: string, redisUrl: string): Promise<number> {
  const contender = CONTENDERS.find(({ id }) => id === contenderId);
  if (contender === undefined) throw new Error(`there is no contender "${contenderId}"`);
  const setup = await SETUPS[contender.kind](redisUrl, contender.platform);
  const app = await createApplication(contender.platform, setup);
  await setup.prepare?.(app);
  await app.listen(0, '127.0.0.1');
  return (app.getHttpServer() as { address(): AddressInfo }).address().port;
}

function peer(redisUrl: string, platform: Platform, form: PeerForm): Promise<SessionSetup> {
  return platform === 'express' ? expressSession(redisUrl, form) : fastifySession(redisUrl, form);
}

function createApplication(platform: Platform, { module }: SessionSetup): Promise<INestApplication> {
  const options = { logger: ['error', 'warn'] as LogLevel[] };
  const root = { module: BenchModule, ...module };
  return platform === 'express'
    ? NestFactory.create(root, options)
    : NestFactory.create(root, new FastifyAdapter(), options);
}
