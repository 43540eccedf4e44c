import { randomBytes } from 'node:crypto';
import type { SealedCookieAddress } from '../../instance/repositories.js';
import { redis } from './redis.js';
import type { TestStore } from './test-store.js';

/** Sessions sealed in cookies, and their revocations in Redis. */
export const cookie: TestStore = {
  name: 'cookie',
  rounds: { writers: 3, logout: 1_000, redirect: 100 },
  start: async () => {
    const revocations = await redis.start();
    const address: SealedCookieAddress = {
      secret: randomBytes(36).toString('base64'),
      revocations: revocations.address,
    };
    return { address: JSON.stringify(address), stop: () => revocations.stop() };
  },
};
