import { access, constants, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileSessions, type FileSessionsOptions } from 'nestjs-shared-session/files';
import { DemoFailure, reasonOf } from '../demo-failure.js';
import type { DemoStore, OpenedStore } from './demo-store.js';
import { DirectoryServer } from './directory-server.js';

/** Directories that all instances share: the one that was given, or three of our own, one of which may be taken away. */
export const FILES: DemoStore = {
  open: (url) => (url === undefined ? openDirectories(['a', 'b', 'c']) : openGiven(resolve(url))),
  repository: (address) => fileSessions(JSON.parse(address) as FileSessionsOptions),
};

function addressOf(...directories: string[]): string {
  return JSON.stringify({ directories } satisfies FileSessionsOptions);
}

/** Throw-away directories, each of which may be taken away; sessions are there as long as more than half of them are. */
export async function openDirectories(names: readonly string[]): Promise<OpenedStore> {
  const parent = await mkdtemp(join(tmpdir(), 'shared-session-demo-'));
  const servers = await Promise.all(names.map((name) => DirectoryServer.make(`directory-${name}`, join(parent, name))));
  return {
    address: addressOf(...servers.map(({ path }) => path)),
    description: `${parent} (throw-away): ${describe(names.length)}`,
    servers,
    close: async () => {
      await Promise.all(servers.map((server) => server.remove()));
      await rm(parent, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

function describe(directories: number): string {
  return directories === 1 ? 'one directory' : `${directories} directories, of which a minority may be missing`;
}

async function openGiven(directory: string): Promise<OpenedStore> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new DemoFailure(`The directory ${directory} cannot be used: ${reasonOf(error)}`);
  }
  return { address: addressOf(directory), description: directory, servers: [], close: async () => {} };
}
