import { files } from './files.js';
import { redis } from './redis.js';
import { replicated } from './replicated.js';
import type { TestStore } from './test-store.js';

/** Every way of keeping sessions that several instances share. */
export const STORES: readonly TestStore[] = [redis, files, replicated];
