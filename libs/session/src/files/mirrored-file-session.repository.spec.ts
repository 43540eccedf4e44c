import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { sessionRepositoryCompliance } from '../testing/index.js';
import { fileSessions } from './index.js';

/** In memory if possible: what happens between the calls is tested here, not the disk. */
const PARENT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Empty directories, and the options for them. */
function newDirectories(count: number) {
  const parent = mkdtempSync(join(PARENT, 'mirrored-'));
  const directories = Array.from({ length: count }, (_, nth) => join(parent, `d${nth}`));
  for (const directory of directories) mkdirSync(directory);
  return {
    directories, // The slowest of the directories may still be at it.
    remove: () => rmSync(parent, { recursive: true, force: true, maxRetries: 10 }),
  };
}

describe.each([2, 3])('%i directories', (count) => {
  sessionRepositoryCompliance({ describe, it }, 'Files', () => {
    const { directories, remove } = newDirectories(count);
    const options = { directories, sweepEveryMs: 0, deadlineMs: 5_000 };
    return { a: fileSessions(options), b: fileSessions(options), dispose: remove };
  });
});
