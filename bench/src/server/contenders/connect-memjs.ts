import session from 'express-session';
import { createRequire } from 'node:module';
import { overStore } from './express-session.js';
import type { SessionSetup } from './session-setup.js';

type StoreClass = new (options: { servers: readonly string[]; prefix: string }) => session.Store;

/** The package has no types. */
const memcachedStore = createRequire(import.meta.url)('connect-memjs') as (library: typeof session) => StoreClass;

/** express-session with connect-memjs, in its best form. It has no touch. */
export function connectMemjs(url: string): SessionSetup {
  const MemcachedStore = memcachedStore(session);
  return overStore(new MemcachedStore({ servers: [new URL(url).host], prefix: 'peer:' }), 'best');
}
