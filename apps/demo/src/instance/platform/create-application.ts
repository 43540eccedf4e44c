import type { DynamicModule, INestApplication, NestApplicationOptions } from '@nestjs/common';
import type { Server } from 'node:http';
import type { PlatformName } from '../platform-name.js';

/** Makes an application on one HTTP platform. All of them read bodies, match paths and trust the balancer alike. */
export type CreateApplication = (
  module: DynamicModule,
  options: NestApplicationOptions,
) => Promise<INestApplication<Server>>;

const APPLICATIONS: Readonly<Record<PlatformName, () => Promise<CreateApplication>>> = {
  fastify: async () => (await import('./fastify.js')).createFastifyApplication,
  express: async () => (await import('./express.js')).createExpressApplication,
};

/** An application on the platform of that name; the others are not loaded. */
export async function createApplication(
  platform: PlatformName,
  ...application: Parameters<CreateApplication>
): Promise<INestApplication<Server>> {
  const create = await APPLICATIONS[platform]();
  return create(...application);
}
