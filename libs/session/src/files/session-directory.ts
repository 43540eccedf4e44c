import { join } from 'node:path';
import { SessionConfigError } from '../contracts/errors.js';
import { CLAIM_SUFFIX, stateInName, stateOf } from './claim.js';
import type { Disk } from './disk.js';
import { Draft, DRAFT_SUFFIX } from './draft.js';
import { codeOf } from './file-session.errors.js';
import { SessionFile } from './session-file.js';

const FOLDER = /^[0-9a-f]{2}$/;
const SESSION = /^[0-9a-f]{64}$/;
const KEY_LENGTH = 64;

/** A draft that is older belongs to a process that is gone. Were it not, its writer would only start over. */
const OLD_DRAFT_MS = 60_000;

/** As much as a session may well have: a disk with less room has none. */
const PROBE = 'x'.repeat(16_384);

/** These are the directory's fault and do not pass by themselves. */
export const HOPELESS: ReadonlySet<string> = new Set(['EACCES', 'ENOENT', 'ENOTDIR', 'ENOTSUP', 'EPERM', 'EROFS']);

/** The directory of all sessions: a folder for the first two digits of a storage key, in it one for the next two. */
export class SessionDirectory {
  constructor(
    private readonly disk: Disk,
    private readonly root: string,
    private readonly leaseMs: number,
  ) {}

  /** The file of the session with this storage key. */
  file(key: string): SessionFile {
    return new SessionFile(this.disk, join(this.root, key.slice(0, 2), key.slice(2, 4), key), this.leaseMs);
  }

  /**
   * Makes the directory and tries what sessions need of its file system. Throws `SessionConfigError` when it can hold no
   * sessions; that a file system does not answer now is no reason to.
   */
  async prepare(): Promise<void> {
    try {
      await this.disk.makeDirectory(this.root);
      await this.tryOut();
    } catch (error) {
      const code = codeOf(error);
      if (!HOPELESS.has(code)) return;
      throw new SessionConfigError([`fileSessions: the directory ${this.root} can hold no sessions (${code})`]);
    }
  }

  /** Writes a file, gives it a second name, which turns are made of, and removes it. Rejects when that is not possible. */
  async tryOut(): Promise<void> {
    const draft = await Draft.write(this.disk, join(this.root, 'probe'), PROBE);
    const second = `${draft.path}${CLAIM_SUFFIX}`;
    try {
      await draft.linkTo(second);
    } finally {
      await draft.discard();
      await this.disk.remove(second);
    }
  }

  /**
   * Removes what dead processes have left behind, and has every session looked at, one file after the other.
   * @param visit answers whether it has removed the session
   * @returns how many sessions were removed
   */
  async sweep(visit: (key: string, file: SessionFile) => Promise<boolean>, signal: AbortSignal): Promise<number> {
    let removed = 0;
    for await (const [folder, name] of this.entries()) {
      if (signal.aborted) break;
      if (SESSION.test(name)) removed += Number(await visit(name, this.file(name)));
      else if (name.endsWith(DRAFT_SUFFIX)) await this.removeOldDraft(join(folder, name));
      else if (name.endsWith(CLAIM_SUFFIX)) await this.removeVoidClaim(folder, name);
    }
    return removed;
  }

  /** The storage keys of all files of sessions, as they are found. */
  async *keys(): AsyncGenerator<string> {
    for await (const [, name] of this.entries()) if (SESSION.test(name)) yield name;
  }

  private async *entries(): AsyncGenerator<[folder: string, name: string]> {
    for (const first of await this.foldersIn(this.root)) {
      for (const second of await this.foldersIn(join(this.root, first))) {
        const folder = join(this.root, first, second);
        for (const name of await this.disk.list(folder)) yield [folder, name];
      }
    }
  }

  private async removeVoidClaim(folder: string, name: string): Promise<void> {
    const stored = await this.file(name.slice(0, KEY_LENGTH)).read();
    if (stored === null || stateOf(stored) !== stateInName(name)) await this.disk.remove(join(folder, name));
  }

  private async foldersIn(folder: string): Promise<string[]> {
    return (await this.disk.list(folder)).filter((name) => FOLDER.test(name));
  }

  private async removeOldDraft(path: string): Promise<void> {
    const found = await this.disk.look(path);
    if (found !== undefined && Date.now() - found.mtimeMs > OLD_DRAFT_MS) await this.disk.remove(path);
  }
}
