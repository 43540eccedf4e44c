import { files } from './files.js';
import { redis } from './redis.js';
import type { TestStore } from './test-store.js';
import { typeorm } from './typeorm.js';

/** Every way of keeping sessions that several instances share. */
export const STORES: readonly TestStore[] = [redis, files, typeorm];

/** Those with a server that can be made to fail. */
export const FAULTY_STORES = STORES.flatMap(({ name, startFaulty }) =>
  startFaulty === undefined ? [] : [{ name, startFaulty }],
);
