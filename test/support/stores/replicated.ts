import { randomBytes } from 'node:crypto';
import { freePort } from 'throwaway-servers';
import type { TestStore } from './test-store.js';

/** Sessions in the instances themselves: the address is all that three of them must know of each other. */
export const replicated: TestStore = {
  name: 'replicated',
  rounds: { writers: 10, logout: 300, redirect: 500 },
  start: async () => {
    const peers = await Promise.all([0, 1, 2].map(async () => `127.0.0.1:${await freePort()}`));
    const address = JSON.stringify({ peers, secret: randomBytes(32).toString('base64') });
    return { address, stop: async () => {} };
  },
};
