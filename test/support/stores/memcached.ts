import { startMemcached } from 'throwaway-servers';
import type { StartedStore, TestStore } from './test-store.js';

/** Sessions in a pool of three throw-away memcached. */
export const memcached: TestStore = {
  name: 'memcached',
  rounds: { writers: 20, logout: 1_000, redirect: 500 },
  start: async (): Promise<StartedStore> => {
    const nodes = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
    return {
      address: `memcached://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
      stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
    };
  },
};
