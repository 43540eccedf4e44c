import { mkdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { DemoFailure } from '../demo-failure.js';
import type { LabServer, LabState } from '../lab/lab.js';
import { Turns } from '../lab/turns.js';

/** No directory: whoever looks for something in it gets an error. */
const NOTHING = '/dev/null';

/**
 * A directory that can be taken away, as a disk that fails. What was in it comes back with it. Its path is a link, which is made
 * to lead elsewhere in one step: at no time is it missing or empty, which would mean that there are no sessions.
 */
export class DirectoryServer implements LabServer {
  readonly kind = 'directory';
  readonly cannot = ['freeze', 'slow'] as const;
  private readonly turns = new Turns();
  private isGone = false;

  private constructor(
    readonly name: string,
    /** Where sessions are kept. */
    readonly path: string,
    private readonly disk: string,
  ) {}

  /** Makes an empty one. */
  static async make(name: string, path: string): Promise<DirectoryServer> {
    const disk = `${path}.disk`;
    await mkdir(disk, { mode: 0o700 });
    await symlink(disk, path);
    return new DirectoryServer(name, path, disk);
  }

  get state(): LabState {
    return this.isGone ? 'down' : 'up';
  }

  async kill(): Promise<void> {
    await this.turns.take(() => this.leadTo(NOTHING));
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
    await this.turns.take(() => this.leadTo(this.disk));
  }

  /** Removes it with everything in it. It does not come back. */
  async remove(): Promise<void> {
    await this.turns.take(async () => {
      await rm(this.path, { force: true });
      await rm(this.disk, { recursive: true, force: true });
    });
  }

  private async leadTo(target: string): Promise<void> {
    if ((await readlink(this.path)) === target) return;
    const next = `${this.path}.next`;
    await symlink(target, next);
    await rename(next, this.path);
    this.isGone = target === NOTHING;
  }
}
