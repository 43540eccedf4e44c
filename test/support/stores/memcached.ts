import { storageKey } from 'nestjs-shared-session';
import { FaultProxy, MemcachedAdmin, startMemcached } from 'throwaway-servers';
import type { FaultyStore, Refusal, StartedStore, TestStore } from './test-store.js';

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
  startFaulty,
};

/** One node, so that its loss is the loss of the store. */
async function startFaulty(): Promise<FaultyStore> {
  const server = await startMemcached({ args: ['-M', '-m', '4'] });
  const proxy = await FaultProxy.start(server.port);
  const admin = new MemcachedAdmin(server.port);
  const keyOf = (token: string): string => `session:${storageKey(token)}`;
  return {
    address: `memcached://127.0.0.1:${proxy.port}`,
    proxy,
    refusals: { 'is out of memory': outOfMemory(admin) },
    count: async () => Number((await admin.stats())['curr_items']),
    stored: async (token) => String((await admin.get(keyOf(token)))?.toString('hex')),
    overwrite: (token, value) => admin.set(keyOf(token), value),
    stop: async () => {
      await proxy.stop();
      await server.stop();
    },
  };
}

function outOfMemory(admin: MemcachedAdmin): Refusal {
  let empty = async (): Promise<void> => {};
  return {
    begin: async () => {
      empty = await admin.fill(500);
    },
    end: () => empty(),
  };
}
