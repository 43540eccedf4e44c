import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestStore } from './test-store.js';

/** Sessions in a temporary directory. */
export const files: TestStore = {
  name: 'files',
  timeout: { command: 5_000, request: 8_000 },
  rounds: { writers: 3, logout: 100, redirect: 100 },
  start: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sessions-'));
    return { address: directory, stop: () => rm(directory, { recursive: true, force: true }) };
  },
};
