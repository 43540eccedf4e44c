import { constants } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { DestroyResult } from '../contracts/repository.js';
import { Claim } from './claim.js';
import { Draft, removeQuietly } from './draft.js';
import { codeOf, committing } from './file-session.errors.js';

/** What a file holds whose session is destroyed, until the file is gone itself. */
export const TOMBSTONE = '';

/** Stands for a symbolic link, a directory or the like where a file should be: nothing that decodes. */
const NO_FILE_OF_OURS = '?';

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What a change makes of the stored content: an answer, or new content and the answer once that is stored. */
export interface Decision<T> {
  readonly answer: T;
  readonly write?: string;
}

/** The file of one session. Changes are made in turn, over all processes, and each is made as a whole or not at all. */
export class SessionFile {
  constructor(
    private readonly path: string,
    private readonly leaseMs: number,
  ) {}

  /** What is stored now; null when there is no file. */
  async read(): Promise<string | null> {
    try {
      return await this.readOnce();
    } catch (error) {
      // The server has replaced the file under an open handle; by its name it is there again.
      if (codeOf(error) === 'ESTALE') return this.readOnce();
      throw error;
    }
  }

  /** Stores the content if there is no file yet; answers whether it did. */
  async create(content: string): Promise<boolean> {
    for (;;) {
      const draft = await Draft.write(this.path, content);
      try {
        const answer = await committing(draft.linkTo(this.path));
        if (answer !== 'lost') return answer === 'linked';
      } finally {
        await draft.discard();
      }
    }
  }

  /** Asks what to do about the stored content until that needs no write, or the write was made on just that content. */
  async change<T>(decide: (stored: string | null) => Decision<T>): Promise<T> {
    for (;;) {
      const stored = await this.read();
      const { answer, write } = decide(stored);
      if (stored === null || write === undefined || (await this.replace(stored, write))) return answer;
    }
  }

  /**
   * Removes the file if `judge` finds that its content is to be destroyed. The tombstone is what destroys the session; a
   * process that dies before the file is gone has destroyed it too.
   */
  async destroy(judge: (stored: string) => DestroyResult): Promise<DestroyResult> {
    const result = await this.change<DestroyResult>((stored) => {
      const answer = stored === null ? 'gone' : judge(stored);
      return answer === 'destroyed' ? { answer, write: TOMBSTONE } : { answer };
    });
    if (result === 'destroyed') await removeQuietly(this.path);
    return result;
  }

  /** False when another writer came between; then nothing was changed. */
  private async replace(stored: string, content: string): Promise<boolean> {
    const draft = await Draft.write(this.path, content);
    try {
      const claim = await Claim.take(this.path, stored, draft, this.leaseMs);
      if (claim === undefined) return false;
      const isUnchanged = (await this.read()) === stored;
      // Who took the draft away has taken over the turn: the claim stays, it is not ours to give back.
      if (isUnchanged && !(await committing(draft.replace(this.path)))) return false;
      await claim.release();
      return isUnchanged;
    } finally {
      await draft.discard();
    }
  }

  private async readOnce(): Promise<string | null> {
    try {
      return await readFile(this.path, { encoding: 'utf8', flag: READ });
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT') return null;
      if (code === 'ELOOP' || code === 'EISDIR' || code === 'ENXIO') return NO_FILE_OF_OURS;
      throw error;
    }
  }
}
