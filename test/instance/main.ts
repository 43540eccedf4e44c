import { type Guarantees, SessionEvents } from 'nestjs-shared-session';
import type { Server } from 'node:http';
import { LabController } from './lab.controller.js';
import { type Platform, startApp } from './platforms.js';
import { REPOSITORIES, type StoreName } from './repositories.js';

/** What an instance is told by its parent, as JSON in its first argument. */
export interface InstanceOrder {
  readonly platform: Platform;
  readonly store: StoreName;
  /** Of the store, as its line in `REPOSITORIES` takes it. */
  readonly address: string;
  /** The idle timeout; the module's own default without it. */
  readonly idleMs?: number;
  /** Milliseconds for a store command and for a request's session work; the module's own defaults without it. */
  readonly timeout?: { readonly command: number; readonly request: number };
  /** Which of the instances it is, from 0. */
  readonly instance: number;
}

/** What an instance tells its parent: where it listens and what its repository promises, then every conflict that it met. */
export type InstanceNews = { readonly url: string; readonly guarantees: Guarantees } | { readonly conflict: true };

const { platform, store, address, instance, idleMs, timeout } = JSON.parse(process.argv[2] ?? '') as InstanceOrder;
const tell = (news: InstanceNews): boolean => process.send?.(news) ?? false;
const repository = REPOSITORIES[store](address, instance);
const options = {
  repository,
  cookie: { insecure: true },
  ...(idleMs !== undefined && { idleTimeout: idleMs }),
  ...(timeout !== undefined && { timeout }),
};
const running = await startApp(platform, options, [LabController]);
running.app.get(SessionEvents).on('saveConflict', () => tell({ conflict: true }));
tell({ url: running.url, guarantees: repository.guarantees });
process.once('disconnect', () => void running.stop().finally(() => process.exit(0)));
// As an application ends: what was begun is finished, connections that idle are closed.
process.once('SIGTERM', () => {
  const server = running.app.getHttpServer() as Server;
  setInterval(() => server.closeIdleConnections(), 50).unref();
  void running.app.close().then(() => process.exit(0));
});
