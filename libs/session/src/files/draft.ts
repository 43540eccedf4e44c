import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './file-session.errors.js';

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** How a draft's name ends, behind the name of the file that it is for. */
export const DRAFT_SUFFIX = '.draft';

/**
 * The next content of a session's file, written in full beside it. As long as it exists, its writer may put it in place;
 * whoever removes it has taken that right away, whatever its writer believes.
 */
export class Draft {
  private constructor(readonly path: string) {}

  /** Writes a draft beside `target` and has it on disk before it resolves. Leaves nothing behind when it fails. */
  static async write(target: string, content: string): Promise<Draft> {
    const path = `${target}.${randomBytes(16).toString('hex')}${DRAFT_SUFFIX}`;
    const file = await openNewFile(path);
    try {
      // An empty file has nothing to bring to the disk, and needs no room on a full one.
      if (content !== '') {
        await file.writeFile(content);
        await file.datasync();
      }
      return new Draft(path);
    } catch (error) {
      await removeQuietly(path);
      throw error;
    } finally {
      await file.close();
    }
  }

  /** Gives the draft a second name, unless that name is taken. `lost` when the draft is no longer there. */
  async linkTo(path: string): Promise<'linked' | 'taken' | 'lost'> {
    try {
      await link(this.path, path);
      return 'linked';
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT') return 'lost';
      if (code !== 'EEXIST') throw error;
      // NFS may lose the answer to a link that was made, and ask again.
      return (await this.isLinked()) ? 'linked' : 'taken';
    }
  }

  /** Puts the draft in the place of `target`, in one step. False when the draft was taken away. */
  async replace(target: string): Promise<boolean> {
    try {
      await rename(this.path, target);
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  async discard(): Promise<void> {
    await removeQuietly(this.path);
  }

  private async isLinked(): Promise<boolean> {
    try {
      return (await lstat(this.path)).nlink > 1;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }
}

/** Removes a file; it may be gone already. */
export async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** Removes a file that means nothing any more; when that fails, a sweep finds it. */
export async function removeQuietly(path: string): Promise<void> {
  await unlink(path).catch(() => undefined);
}

/**
 * Makes a directory that only we may use, and those above it. Node's own `recursive` never returns when a directory cannot
 * be made although the one above it is there: in /proc, or behind a link whose target is not mounted.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeDirectory(dirname(path));
    await mkdir(path, { mode: 0o700 }).catch((again: unknown) => {
      if (codeOf(again) !== 'EEXIST') throw again;
    });
  }
}

async function openNewFile(path: string): Promise<FileHandle> {
  const create = (): Promise<FileHandle> => open(path, NEW_FILE, 0o600);
  try {
    return await create();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    await makeDirectory(dirname(path));
    return create();
  }
}
