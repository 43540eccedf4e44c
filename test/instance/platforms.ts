import type { INestApplication, Type } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { SessionModule, type SessionModuleOptions } from 'nestjs-shared-session';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** An application that listens on a free port of loopback. */
export interface RunningApp {
  readonly url: string;
  readonly app: INestApplication;
  stop(): Promise<void>;
}

/** Starts an application of these controllers, and perhaps providers, with sessions, on either platform. */
export async function startApp(
  platform: Platform,
  options: SessionModuleOptions,
  controllers: Type[],
  configure: (app: INestApplication) => void = () => undefined,
  providers: Type[] = [],
): Promise<RunningApp> {
  const imports = [SessionModule.forRoot(options)];
  const module = await Test.createTestingModule({ imports, controllers, providers }).compile();
  const app = module.createNestApplication(platform === 'express' ? new ExpressAdapter() : new FastifyAdapter(), {
    logger: ['fatal'],
  });
  configure(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, app, stop: () => closed(app) };
}

/** Closes without waiting for connections on which the client may still send something. */
async function closed(app: INestApplication): Promise<void> {
  const closing = app.close();
  (app.getHttpServer() as Server).closeAllConnections();
  await closing;
}
