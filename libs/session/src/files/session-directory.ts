import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SessionConfigError } from '../contracts/errors.js';
import { CLAIM_SUFFIX, stateInName, stateOf } from './claim.js';
import { Draft, DRAFT_SUFFIX, makeDirectory, remove } from './draft.js';
import { codeOf } from './file-session.errors.js';
import { SessionFile } from './session-file.js';

const FOLDER = /^[0-9a-f]{2}$/;
const SESSION = /^[0-9a-f]{64}$/;
const KEY_LENGTH = 64;

/** A draft that is older belongs to a process that is gone. Were it not, its writer would only start over. */
const OLD_DRAFT_MS = 60_000;

/** These are the directory's fault and do not pass by themselves. */
const HOPELESS = new Set(['EACCES', 'ENOENT', 'ENOTDIR', 'ENOTSUP', 'EPERM', 'EROFS']);

/** The directory of all sessions: a folder for the first two digits of a storage key, in it one for the next two. */
export class SessionDirectory {
  constructor(
    private readonly root: string,
    private readonly leaseMs: number,
  ) {}

  /** The file of the session with this storage key. */
  file(key: string): SessionFile {
    return new SessionFile(join(this.root, key.slice(0, 2), key.slice(2, 4), key), this.leaseMs);
  }

  /**
   * Makes the directory and tries what sessions need of its file system. Throws `SessionConfigError` when it can hold no
   * sessions; that a file system does not answer now is no reason to.
   */
  async prepare(): Promise<void> {
    try {
      await makeDirectory(this.root);
      await tryHardLink(join(this.root, 'probe'));
    } catch (error) {
      const code = codeOf(error);
      if (!HOPELESS.has(code)) return;
      throw new SessionConfigError([`fileSessions: the directory ${this.root} can hold no sessions (${code})`]);
    }
  }

  /**
   * Removes every session whose content `isOver`, and what dead processes have left behind, one file after the other.
   * @returns how many sessions were removed
   */
  async sweep(isOver: (content: string) => boolean, signal: AbortSignal): Promise<number> {
    let removed = 0;
    for await (const [folder, name] of this.entries()) {
      if (signal.aborted) break;
      if (SESSION.test(name)) {
        const result = await this.file(name).destroy((stored) => (isOver(stored) ? 'destroyed' : 'conflict'));
        if (result === 'destroyed') removed++;
      } else if (name.endsWith(DRAFT_SUFFIX)) await removeOldDraft(join(folder, name));
      else if (name.endsWith(CLAIM_SUFFIX)) await this.removeVoidClaim(folder, name);
    }
    return removed;
  }

  private async *entries(): AsyncGenerator<[folder: string, name: string]> {
    for (const first of await foldersIn(this.root)) {
      for (const second of await foldersIn(join(this.root, first))) {
        const folder = join(this.root, first, second);
        for (const name of await readdir(folder)) yield [folder, name];
      }
    }
  }

  private async removeVoidClaim(folder: string, name: string): Promise<void> {
    const stored = await this.file(name.slice(0, KEY_LENGTH)).read();
    if (stored === null || stateOf(stored) !== stateInName(name)) await remove(join(folder, name));
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => FOLDER.test(name));
}

async function removeOldDraft(path: string): Promise<void> {
  try {
    if (Date.now() - (await lstat(path)).mtimeMs > OLD_DRAFT_MS) await remove(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

async function tryHardLink(target: string): Promise<void> {
  const draft = await Draft.write(target, target);
  const second = `${draft.path}${CLAIM_SUFFIX}`;
  try {
    await draft.linkTo(second);
  } finally {
    await draft.discard();
    await remove(second);
  }
}
