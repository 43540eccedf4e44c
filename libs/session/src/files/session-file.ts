import { dirname } from 'node:path';
import type { DestroyResult } from '../contracts/repository.js';
import { Claim } from './claim.js';
import type { Disk } from './disk.js';
import { Draft } from './draft.js';
import { codeOf, committing } from './file-session.errors.js';
import { readMissing } from './missing-file.js';

/** What a file holds whose session is destroyed, until the file is gone itself. */
export const TOMBSTONE = '';

/** Stands for a symbolic link, a directory or the like where a file should be: nothing that decodes. */
const NO_FILE_OF_OURS = '?';

/** What a change makes of the stored content: an answer, or new content and the answer once that is stored. */
export interface Decision<T> {
  readonly answer: T;
  readonly write?: string;
}

/** The file of one session. Changes are made in turn, over all processes, and each is made as a whole or not at all. */
export class SessionFile {
  constructor(
    private readonly disk: Disk,
    private readonly path: string,
    private readonly leaseMs: number,
  ) {}

  /** What is stored now; null when there is no file, nor will there be one again by a change that is under way. */
  async read(): Promise<string | null> {
    return (await this.readNow()) ?? readMissing(this.disk, this.path, this.leaseMs, () => this.readNow());
  }

  /** Stores the content if there is no file yet; answers whether it did. */
  async create(content: string): Promise<boolean> {
    for (;;) {
      const draft = await Draft.write(this.disk, this.path, content);
      try {
        const answer = await committing(draft.linkTo(this.path));
        if (answer === 'linked') await this.keepName();
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
      if (write === undefined) return answer;
      if (stored === null ? await this.create(write) : await this.replace(stored, write)) return answer;
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
    if (result === 'destroyed') await this.remove();
    return result;
  }

  /** Removes the file of a session that a tombstone has ended. When that fails, a sweep does it. */
  async remove(): Promise<void> {
    await this.disk.removeQuietly(this.path);
  }

  /** Whether nothing was stored for so long, by the clocks of this machine and of the disk's. */
  async isOlderThan(ms: number): Promise<boolean> {
    const found = await this.disk.look(this.path);
    return found !== undefined && Date.now() - found.mtimeMs > ms;
  }

  /** False when another writer came between; then nothing was changed. */
  private async replace(stored: string, content: string): Promise<boolean> {
    const draft = await Draft.write(this.disk, this.path, content);
    try {
      const claim = await Claim.take(this.disk, this.path, stored, draft, this.leaseMs);
      if (claim === undefined) return false;
      const isUnchanged = (await this.readNow()) === stored;
      // Who took the draft away has taken over the turn: the claim stays, it is not ours to give back.
      if (isUnchanged && !(await committing(draft.replace(this.path)))) return false;
      if (isUnchanged) await this.keepName();
      await claim.release();
      return isUnchanged;
    } finally {
      await draft.discard();
    }
  }

  private keepName(): Promise<void> {
    return committing(this.disk.keepNames(dirname(this.path)));
  }

  /** What is found by its name at this moment. */
  private async readNow(): Promise<string | null> {
    try {
      return await this.readOnce();
    } catch (error) {
      // The server has replaced the file under an open handle; by its name it is there again.
      if (codeOf(error) === 'ESTALE') return this.readOnce();
      throw error;
    }
  }

  private async readOnce(): Promise<string | null> {
    try {
      return await this.disk.read(this.path);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ELOOP' || code === 'EISDIR' || code === 'ENXIO') return NO_FILE_OF_OURS;
      throw error;
    }
  }
}
