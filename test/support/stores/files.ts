import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileSessionsOptions } from 'nestjs-shared-session/files';
import type { TestStore } from './test-store.js';

const REMOVE = { recursive: true, force: true, maxRetries: 10 } as const;

/** Sessions in a temporary directory. */
export const files: TestStore = {
  name: 'files',
  timeout: { command: 5_000, request: 8_000 },
  rounds: { writers: 3, logout: 100, redirect: 100 },
  start: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sessions-'));
    return { address: directory, stop: () => rm(directory, REMOVE) };
  },
};

/** Sessions in three of them, each of which has everything: the address is the options as JSON. */
export const threeDirectories: TestStore = {
  name: 'files-3',
  timeout: { command: 10_000, request: 15_000 },
  rounds: { writers: 2, logout: 50, redirect: 50 },
  start: async () => {
    const parent = await mkdtemp(join(tmpdir(), 'sessions-'));
    const directories = ['a', 'b', 'c'].map((name) => join(parent, name));
    const options: FileSessionsOptions = { directories, deadlineMs: 9_000 };
    return { address: JSON.stringify(options), stop: () => rm(parent, REMOVE) };
  },
};
