import { SessionEvents, type SessionRepository } from 'nestjs-shared-session';
import { fileSessions } from 'nestjs-shared-session/files';
import { redisSessions } from 'nestjs-shared-session/redis';
import { LabController } from './lab.controller.js';
import { type Platform, startApp } from './platforms.js';

/** What an instance is told by its parent, as JSON in its first argument. */
export interface InstanceOrder {
  readonly platform: Platform;
  readonly store: 'redis' | 'files';
  /** The URL of Redis, or the directory. */
  readonly address: string;
}

/** What an instance tells its parent: where it listens, then every conflict that it met. */
export type InstanceNews = { readonly url: string } | { readonly conflict: true };

const STORES: Record<InstanceOrder['store'], (address: string) => SessionRepository> = {
  redis: (url) => redisSessions(url),
  files: (directory) => fileSessions(directory),
};

const { platform, store, address } = JSON.parse(process.argv[2] ?? '') as InstanceOrder;
const tell = (news: InstanceNews): boolean => process.send?.(news) ?? false;
const running = await startApp(platform, { repository: STORES[store](address), cookie: { insecure: true } }, [
  LabController,
]);
running.app.get(SessionEvents).on('saveConflict', () => tell({ conflict: true }));
tell({ url: running.url });
process.once('disconnect', () => void running.stop().finally(() => process.exit(0)));
