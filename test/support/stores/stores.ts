import { cookie } from './cookie.js';
import { files, threeDirectories } from './files.js';
import { memcached } from './memcached.js';
import { redis } from './redis.js';
import { replicated } from './replicated.js';
import type { TestStore } from './test-store.js';
import { typeorm } from './typeorm.js';
import { tiered } from './tiered.js';

/** Every way of keeping sessions that several instances share. */
export const STORES: readonly TestStore[] = [
  redis,
  files,
  threeDirectories,
  typeorm,
  memcached,
  tiered,
  cookie,
  replicated,
];

/** Those with a server that can be made to fail. */
export const FAULTY_STORES = STORES.flatMap(({ name, startFaulty }) =>
  startFaulty === undefined ? [] : [{ name, startFaulty }],
);
