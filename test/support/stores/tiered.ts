import { startMemcached } from 'throwaway-servers';
import { redis } from './redis.js';
import type { StartedStore, TestStore } from './test-store.js';

/** A throw-away memcached in front of Redis. */
export const tiered: TestStore = {
  name: 'tiered',
  rounds: { writers: 20, logout: 200, redirect: 200 },
  start: async (): Promise<StartedStore> => {
    const [front, behind] = await Promise.all([startMemcached(), redis.start()]);
    return {
      address: `${front.url} ${behind.address}`,
      stop: async () => void (await Promise.all([front.stop(), behind.stop()])),
    };
  },
};
