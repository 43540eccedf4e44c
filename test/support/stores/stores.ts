import { cookie } from './cookie.js';
import { files } from './files.js';
import { redis } from './redis.js';
import { replicated } from './replicated.js';
import type { TestStore } from './test-store.js';

/** Every way of keeping sessions that several instances share. */
export const STORES: readonly TestStore[] = [redis, files, cookie, replicated];

/** Those with a server that can be made to fail. */
export const FAULTY_STORES = STORES.flatMap(({ name, startFaulty }) =>
  startFaulty === undefined ? [] : [{ name, startFaulty }],
);
