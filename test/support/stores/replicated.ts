import { randomBytes } from 'node:crypto';
import { freePort } from 'throwaway-servers';
import type { ReplicatedGroup } from '../../instance/repositories.js';
import type { TestStore } from './test-store.js';

/** Sessions in the instances themselves: the address is all that three of them must know of each other. */
export const replicated: TestStore = {
  name: 'replicated',
  rounds: { writers: 10, logout: 300, redirect: 500 },
  start: async () => {
    const peers = await Promise.all([0, 1, 2].map(async () => `127.0.0.1:${await freePort()}`));
    const group: ReplicatedGroup = { peers, secret: randomBytes(32).toString('base64') };
    return { address: JSON.stringify(group), stop: async () => {} };
  },
};
