import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { DemoFailure } from '../demo-failure.js';
import type { LabServer, LabState } from '../lab/lab.js';
import { Turns } from '../lab/turns.js';

/** A directory that can be taken away, as a disk or a mount that is gone. What was in it comes back with it. */
export class DirectoryServer implements LabServer {
  readonly kind = 'directory';
  readonly cannot = ['freeze', 'slow'] as const;
  private readonly turns = new Turns();
  private readonly elsewhere: string;

  constructor(
    readonly name: string,
    private readonly path: string,
  ) {
    this.elsewhere = `${path}.gone`;
  }

  get state(): LabState {
    return this.isGone ? 'down' : 'up';
  }

  /** A file is where the directory was, so that nobody makes a new one. */
  async kill(): Promise<void> {
    await this.turns.take(async () => {
      if (this.isGone) return;
      await rename(this.path, this.elsewhere);
      await writeFile(this.path, '');
    });
  }

  /** @throws DemoFailure always */
  async freeze(): Promise<void> {
    throw new DemoFailure('A directory cannot be frozen; it can be taken away');
  }

  /** @throws DemoFailure for anything but 0 */
  async slow(ms: number): Promise<void> {
    if (ms > 0) throw new DemoFailure('A directory cannot be slowed down; it can be taken away');
  }

  async bringBack(): Promise<void> {
    await this.turns.take(async () => {
      if (!this.isGone) return;
      await rm(this.path, { force: true });
      await rename(this.elsewhere, this.path);
    });
  }

  /** Removes it with everything in it, wherever it is. */
  async remove(): Promise<void> {
    await this.turns.take(async () => {
      for (const path of [this.path, this.elsewhere]) await rm(path, { recursive: true, force: true });
    });
  }

  private get isGone(): boolean {
    return existsSync(this.elsewhere);
  }
}
