import { DemoFailure } from '../demo-failure.js';
import type { DemoStore } from './demo-store.js';

/** Loaded only when chosen, so that a store costs the others neither start-up time nor an installed client. */
const STORES: Readonly<Record<string, () => Promise<DemoStore>>> = {
  files: async () => (await import('./files.js')).FILES,
  redis: async () => (await import('./redis.js')).REDIS,
  mysql: async () => (await import('./mysql.js')).MYSQL,
  memcached: async () => (await import('./memcached.js')).MEMCACHED,
  cookie: async () => (await import('./cookie.js')).COOKIE,
  replicated: async () => (await import('./replicated.js')).REPLICATED,
  memory: async () => (await import('./memory.js')).MEMORY,
};

/** Every store that there is. */
export const STORE_NAMES: readonly string[] = Object.keys(STORES);

/** The store of that name. Throws `DemoFailure` when there is none, or not yet. */
export async function findStore(name: string): Promise<DemoStore> {
  const load = Object.hasOwn(STORES, name) ? STORES[name] : undefined;
  if (load !== undefined) return load();
  throw new DemoFailure(`--store is one of ${STORE_NAMES.join(', ')}, not "${name}"`);
}
