import { memcachedSessions } from 'nestjs-shared-session/memcached';
import { MEMCACHED as SOFTWARE, startMemcached } from 'throwaway-servers';
import { DemoFailure } from '../demo-failure.js';
import type { DemoStore, OpenedStore } from './demo-store.js';
import { ProxiedServer } from './proxied-server.js';
import { openThrowaway } from './throwaway-store.js';

const URL_EXAMPLE = 'memcached://host:port,host:port';

/** A pool of memcached that all instances share. */
export const MEMCACHED: DemoStore = {
  open: async (url) => (url === undefined ? openOwn() : openGiven(url)),
  repository: (url) => memcachedSessions(url),
};

/** So that one can be killed. */
const NODES = 3;

/** Megabytes for each of them: little, so that it can be seen what full ones do. They evict. */
const MEMORY = ['-m', '3'];

function openOwn(): Promise<OpenedStore> {
  const start = Array.from({ length: NODES }, (_, index) => () => {
    return ProxiedServer.start(`memcached-${index + 1}`, SOFTWARE.binary, () => startMemcached({ args: MEMORY }));
  });
  return openThrowaway(start, (nodes) => `memcached://${nodes.map(({ host }) => host).join(',')}`, URL_EXAMPLE);
}

function openGiven(url: string): OpenedStore {
  try {
    memcachedSessions(url);
  } catch {
    throw new DemoFailure(`--url of the memcached store looks like ${URL_EXAMPLE}`);
  }
  return { address: url, description: url.replace(/\/\/.*@/, '//'), servers: [], close: async () => {} };
}
