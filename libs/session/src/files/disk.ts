import { constants, type Stats } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, readdir, readFile, rename, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CallGate } from './call-gate.js';
import { codeOf } from './file-session.errors.js';

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;

/** After these a folder has nothing to bring to a disk, or we may not ask for it: one above the directory, which is there for good. */
const NO_FOLDER_SYNC = new Set(['EACCES', 'EINVAL', 'ENOTSUP', 'ENOSYS', 'EBADF']);

/** What is promised of the folders under a disk. */
export interface DiskOptions {
  /**
   * A folder that has to be there already: where it is missing, something else is seen in its place, and nothing below it is made, nor is anything
   * there said to be missing.
   */
  readonly home?: string;
  /** Whether names are brought to the disk too, see `keepNames`. */
  readonly keepsNames?: boolean;
}

/** The calls of the file system under one directory, none of which holds anybody for longer than its gate allows. */
export class Disk {
  constructor(
    private readonly gate: CallGate,
    private readonly options: DiskOptions = {},
  ) {}

  /** The text of a file, but of no link or device. Null when there is none. */
  async read(path: string): Promise<string | null> {
    const text = await this.readOnce(path);
    if (text !== null || this.options.home === undefined) return text;
    await this.assertHome();
    // It may have been mounted in between, and be gone again.
    const second = await this.readOnce(path);
    if (second === null) await this.assertHome();
    return second;
  }

  /** Makes a file that nobody else can read, and has what is in it on the disk. Leaves none behind when that fails. */
  async create(path: string, content: string): Promise<void> {
    try {
      await this.gate.run(() => createFile(path, content));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      await this.makeDirectory(dirname(path));
      await this.gate.run(() => createFile(path, content));
    }
  }

  /** Has all names in a folder on the disk, where they are to be kept: what was linked, renamed or made there outlives a power failure. */
  async keepNames(folder: string): Promise<void> {
    if (this.options.keepsNames !== true) return;
    await this.gate.run(() => syncFolder(folder));
  }

  link(path: string, second: string): Promise<void> {
    return this.gate.run(() => link(path, second));
  }

  rename(path: string, to: string): Promise<void> {
    return this.gate.run(() => rename(path, to));
  }

  /** What is there; undefined when there is nothing. */
  async look(path: string): Promise<Stats | undefined> {
    try {
      return await this.gate.run(() => lstat(path));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  list(path: string): Promise<string[]> {
    return this.gate.run(() => readdir(path));
  }

  /** The names in a folder; none when it was never made. */
  async listIfThere(path: string): Promise<string[]> {
    try {
      return await this.list(path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      await this.assertHome();
      return [];
    }
  }

  /** Removes a file; it may be gone already. */
  async remove(path: string): Promise<void> {
    try {
      await this.gate.run(() => unlink(path));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  /** Removes a file that means nothing any more; when that fails, a sweep finds it. */
  async removeQuietly(path: string): Promise<void> {
    await this.gate.run(() => unlink(path)).catch(() => undefined);
  }

  /** Removes a folder if it is empty. */
  async removeFolderQuietly(path: string): Promise<void> {
    await this.gate.run(() => rmdir(path)).catch(() => undefined);
  }

  /**
   * Makes a directory that only we may use, and those above it, below home: home itself is never made. Node's own `recursive` never returns when a
   * directory cannot be made although the one above it is there: in /proc, or behind a link whose target is not mounted.
   */
  async makeDirectory(path: string): Promise<void> {
    if (path === this.options.home) throw new HomeMissingError();
    try {
      await this.makeOne(path);
    } catch (error) {
      const above = dirname(path);
      if (codeOf(error) !== 'ENOENT' || above === path) throw error;
      await this.makeDirectory(above);
      await this.makeOne(path);
    }
  }

  /** It may be there already, made by somebody who has not kept its name yet. */
  private async makeOne(path: string): Promise<void> {
    try {
      await this.gate.run(() => mkdir(path, { mode: 0o700 }));
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    await this.keepNames(dirname(path));
  }

  private async assertHome(): Promise<void> {
    if (this.options.home !== undefined && (await this.look(this.options.home)) === undefined) {
      throw new HomeMissingError();
    }
  }

  private async readOnce(path: string): Promise<string | null> {
    try {
      return await this.gate.run(() => readFile(path, { encoding: 'utf8', flag: READ }));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  }
}

/** What a call says that found nothing where home should be. */
export class HomeMissingError extends Error {
  readonly code = 'not mounted';
}

async function createFile(path: string, content: string): Promise<void> {
  const file = await open(path, NEW_FILE, 0o600);
  try {
    // An empty file has nothing to bring to the disk, and needs no room on a full one.
    if (content !== '') {
      await file.writeFile(content);
      await file.datasync();
    }
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, FOLDER);
    await folder.sync();
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(codeOf(error))) throw error;
  } finally {
    await folder?.close();
  }
}
