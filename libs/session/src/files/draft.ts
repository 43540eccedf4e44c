import { randomBytes } from 'node:crypto';
import type { Disk } from './disk.js';
import { codeOf } from './file-session.errors.js';

/** How a draft's name ends, behind the name of the file that it is for. */
export const DRAFT_SUFFIX = '.draft';

/**
 * The next content of a session's file, written in full beside it. As long as it exists, its writer may put it in place;
 * whoever removes it has taken that right away, whatever its writer believes.
 */
export class Draft {
  private constructor(
    private readonly disk: Disk,
    readonly path: string,
  ) {}

  /** Writes a draft beside `target` and has it on disk before it resolves. Leaves nothing behind when it fails. */
  static async write(disk: Disk, target: string, content: string): Promise<Draft> {
    const path = `${target}.${randomBytes(16).toString('hex')}${DRAFT_SUFFIX}`;
    await disk.create(path, content);
    return new Draft(disk, path);
  }

  /** Gives the draft a second name, unless that name is taken. `lost` when the draft is no longer there. */
  async linkTo(path: string): Promise<'linked' | 'taken' | 'lost'> {
    try {
      await this.disk.link(this.path, path);
      return 'linked';
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT') return 'lost';
      // SFTP has one code for all that fails: sshfs says so when another client was faster by a moment.
      const isTaken = code === 'EEXIST' || (code === 'EPERM' && (await this.disk.look(path)) !== undefined);
      if (!isTaken) throw error;
      // NFS may lose the answer to a link that was made, and ask again.
      return (await this.isLinked()) ? 'linked' : 'taken';
    }
  }

  /** Puts the draft in the place of `target`, in one step. False when the draft was taken away. */
  async replace(target: string): Promise<boolean> {
    try {
      await this.disk.rename(this.path, target);
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  async discard(): Promise<void> {
    await this.disk.removeQuietly(this.path);
  }

  private async isLinked(): Promise<boolean> {
    return ((await this.disk.look(this.path))?.nlink ?? 0) > 1;
  }
}
