import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import { CONTENDERS, type Kind, type Platform } from '../contenders.js';
import { expressSession } from './contenders/express-session.js';
import { fastifySession } from './contenders/fastify-session.js';
import { handWritten } from './contenders/hand-written.js';
import { sharedSession } from './contenders/shared-session.js';
import type { SessionSetup } from './contenders/session-setup.js';
import { withoutSession } from './contenders/without-session.js';

/** Starts the one Nest application of this benchmark, with the sessions of this contender; answers its port. */
export async function startApplication(contenderId: string, redisUrl: string): Promise<number> {
  const contender = CONTENDERS.find(({ id }) => id === contenderId);
  if (contender === undefined) throw new Error(`there is no contender "${contenderId}"`);
  const setup = await sessionSetup(contender.kind, contender.platform, redisUrl);
  const app = await createApplication(contender.platform, setup);
  await setup.prepare?.(app);
  await app.listen(0, '127.0.0.1');
  return (app.getHttpServer() as { address(): AddressInfo }).address().port;
}

function createApplication(platform: Platform, { module }: SessionSetup): Promise<INestApplication> {
  const options = { logger: ['error', 'warn'] as ('error' | 'warn')[] };
  return platform === 'express'
    ? NestFactory.create(module, options)
    : NestFactory.create(module, new FastifyAdapter(), options);
}

function sessionSetup(kind: Kind, platform: Platform, redisUrl: string): SessionSetup | Promise<SessionSetup> {
  switch (kind) {
    case 'without':
      return withoutSession();
    case 'hand-written':
      return handWritten(redisUrl);
    case 'shared':
      return sharedSession(redisUrl);
    case 'peer-default':
    case 'peer-best': {
      const form = kind === 'peer-best' ? 'best' : 'default';
      return platform === 'express' ? expressSession(redisUrl, form) : fastifySession(redisUrl, form);
    }
  }
}
