import { memcachedSessions } from 'nestjs-shared-session/memcached';
import { startMemcached } from 'throwaway-servers';
import { DemoFailure } from '../demo-failure.js';
import type { DemoStore, OpenedStore } from './demo-store.js';
import { openThrowaway, type ThrowawayStore } from './throwaway-store.js';

const URL_EXAMPLE = 'memcached://host:port,host:port';

/** A pool of memcached that all instances share. */
export const MEMCACHED: DemoStore = {
  open: async (url) => (url === undefined ? openThrowaway(startPool, URL_EXAMPLE) : openGiven(url)),
  repository: (url) => memcachedSessions(url),
};

/** Three, so that one can be killed. */
async function startPool(): Promise<ThrowawayStore> {
  const nodes = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
  return {
    url: `memcached://${nodes.map(({ url }) => new URL(url).host).join(',')}`,
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  };
}

function openGiven(url: string): OpenedStore {
  try {
    memcachedSessions(url);
  } catch {
    throw new DemoFailure(`--url of the memcached store looks like ${URL_EXAMPLE}`);
  }
  return { address: url, description: url.replace(/\/\/.*@/, '//'), close: async () => {} };
}
