import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { answerBrokenRequests } from '../broken-requests.js';
import type { InstanceSettings } from '../fleet/messages.js';
import { findStore } from '../stores/stores.js';
import { instanceModule } from './instance.module.js';
import { createApplication } from './platform/create-application.js';

/** Longer than the balancer keeps an idle connection, so that it is the balancer who closes. */
const KEEP_ALIVE_MS = 65_000;

/** The shop as one process serves it, ready to listen. Throws when its configuration makes no sense. */
export async function createInstance(settings: InstanceSettings): Promise<INestApplication<Server>> {
  const store = await findStore(settings.store);
  const module = instanceModule(settings, store.repository(settings.storeAddress, settings.name));
  // The command says in one line what a start failed of.
  const app = await createApplication(settings.platform, module, { logger: false, abortOnError: false });
  app.useLogger(['warn', 'error', 'fatal']);
  nameAnswers(app.getHttpServer(), settings.name);
  return app;
}

/** To be called before anything listens. Below both platforms: every answer bears the name, 404s, parser errors and redirects too. */
export function nameAnswers(server: Server, name: string): void {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.prependListener('request', (_request, response) => response.setHeader('X-Instance', name));
  answerBrokenRequests(server, { 'X-Instance': name });
}
