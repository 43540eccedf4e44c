import { access, constants, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileSessions } from 'nestjs-shared-session/files';
import { DemoFailure, reasonOf } from '../demo-failure.js';
import type { DemoStore, OpenedStore } from './demo-store.js';
import { DirectoryServer } from './directory-server.js';

/** One directory that all instances share. */
export const FILES: DemoStore = {
  open: (url) => (url === undefined ? openThrowaway() : openGiven(resolve(url))),
  repository: (directory) => fileSessions(directory),
};

async function openThrowaway(): Promise<OpenedStore> {
  const parent = await mkdtemp(join(tmpdir(), 'shared-session-demo-'));
  const server = await DirectoryServer.make('directory', join(parent, 'sessions'));
  return {
    address: server.path,
    description: `${server.path} (throw-away)`,
    servers: [server],
    close: async () => {
      await server.remove();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

async function openGiven(directory: string): Promise<OpenedStore> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new DemoFailure(`The directory ${directory} cannot be used: ${reasonOf(error)}`);
  }
  return { address: directory, description: directory, servers: [], close: async () => {} };
}
