import { redisSessions } from 'nestjs-shared-session/redis';
import { REDIS as SOFTWARE, startRedis } from 'throwaway-servers';
import { DemoFailure } from '../demo-failure.js';
import type { DemoStore, OpenedStore } from './demo-store.js';
import { ProxiedServer } from './proxied-server.js';
import { openThrowaway } from './throwaway-store.js';

const URL_EXAMPLE = 'redis://host:port';

/** One Redis that all instances share. */
export const REDIS: DemoStore = {
  open: async (url) => (url === undefined ? openOwn() : openGiven(url)),
  repository: (url) => redisSessions(url),
};

/** What was answered is in the log before, so that it survives the process; the disk has it a second later. */
const PERSISTENCE = ['--appendonly', 'yes', '--appendfsync', 'everysec'];

/** Little, so that it can be seen what a full one does: it refuses what is new, and keeps what it has. */
const MEMORY = ['--maxmemory', '8mb', '--maxmemory-policy', 'noeviction'];

function openOwn(): Promise<OpenedStore> {
  const start = () =>
    ProxiedServer.start('redis', SOFTWARE.binary, () => startRedis({ args: [...PERSISTENCE, ...MEMORY] }));
  return openThrowaway([start], ([redis]) => redis?.url ?? '', URL_EXAMPLE);
}

function openGiven(text: string): OpenedStore {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') {
    throw new DemoFailure(`--url of the redis store looks like ${URL_EXAMPLE}`);
  }
  return {
    address: text,
    description: `${url.protocol}//${url.host}${url.pathname}`,
    servers: [],
    close: async () => {},
  };
}
