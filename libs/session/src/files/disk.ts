import { constants, type Stats } from 'node:fs';
import { link, lstat, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CallGate } from './call-gate.js';
import { codeOf } from './file-session.errors.js';

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The calls of the file system under one directory, none of which holds anybody for longer than its gate allows. */
export class Disk {
  /**
   * @param home a folder that has to be there already: where it is missing, something else is seen in its place, and nothing below it
   * is made, nor is anything there said to be missing
   */
  constructor(
    private readonly gate: CallGate,
    readonly home?: string,
  ) {}

  /** The text of a file, but of no link or device. Null when there is none. */
  async read(path: string): Promise<string | null> {
    const text = await this.readOnce(path);
    if (text !== null || this.home === undefined) return text;
    if ((await this.look(this.home)) === undefined) throw new HomeMissingError();
    // It may have been mounted in between.
    return this.readOnce(path);
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

  /**
   * Makes a directory that only we may use, and those above it, up to home. Node's own `recursive` never returns when a directory cannot
   * be made although the one above it is there: in /proc, or behind a link whose target is not mounted.
   */
  async makeDirectory(path: string): Promise<void> {
    const make = (): Promise<void> => this.gate.run(() => mkdir(path, { mode: 0o700 }));
    try {
      await make();
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EEXIST') return;
      const above = dirname(path);
      if (code !== 'ENOENT' || above === path) throw error;
      if (above === this.home) throw new HomeMissingError();
      await this.makeDirectory(above);
      await make().catch((again: unknown) => {
        if (codeOf(again) !== 'EEXIST') throw again;
      });
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
