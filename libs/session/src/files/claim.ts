import { hash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ENVELOPE } from '../contracts/envelope.js';
import { SessionStoreError } from '../contracts/errors.js';
import type { Disk } from './disk.js';
import { type Draft, DRAFT_SUFFIX } from './draft.js';

/** How a claim's name ends. */
export const CLAIM_SUFFIX = '.claim';

/** How much longer than a lease a writer waits in all, so that it gets the turn of one that is dead. */
const PATIENCE_MS = 1_000;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 32;

/**
 * The turn to replace one state of a session's file. Claims are hard links of their writer's draft, with names made of
 * the state that they mean to replace and a number:
 *
 * - `<file>.<state>.0.claim` belongs to who linked it first. Nobody removes it while that state stands.
 * - A writer that stands still is not waited for longer than its lease: number 1 takes over from number 0, and so on. Who
 *   takes over removes all other drafts of the session before it looks at the file, so the one that stood still has
 *   either replaced the file by then or never will.
 * - Once the file has another state, claims on the old one mean nothing, for good: a state never comes back.
 *
 * So no clock has to agree with another one, and a lease that is too short costs time, never a write.
 */
export class Claim {
  private constructor(
    private readonly disk: Disk,
    private readonly file: string,
    private readonly state: string,
    private readonly number: number,
  ) {}

  /**
   * Waits for the turn to replace `content` by this draft. Undefined when the draft was lost on the way. Throws
   * `SessionStoreError` when it takes too long.
   */
  static async take(
    disk: Disk,
    file: string,
    content: string,
    draft: Draft,
    leaseMs: number,
  ): Promise<Claim | undefined> {
    const state = stateOf(content);
    const wait = new Wait(leaseMs);
    for (let number = 0; ;) {
      const path = claimPath(file, state, number);
      const answer = await draft.linkTo(path);
      if (answer === 'lost') return undefined;
      if (answer === 'linked') {
        if (number > 0) await removeDrafts(disk, file, draft);
        return new Claim(disk, file, state, number);
      }
      const isTakenOver = (await disk.look(claimPath(file, state, number + 1))) !== undefined;
      if (isTakenOver || wait.isOver((await disk.look(path))?.ino, number)) number++;
      else await wait.pause(number);
    }
  }

  /** Gives the turn back, once the file has another state. */
  async release(): Promise<void> {
    for (let number = this.number; number >= 0; number--)
      await this.disk.removeQuietly(claimPath(this.file, this.state, number));
  }
}

/** A name for what a session's file holds: every save has its own writeId, and a touch only moves the deadline on. */
export function stateOf(content: string): string {
  return hash('sha256', content.slice(0, ENVELOPE.headerLength), 'hex').slice(0, 32);
}

/** The state that a claim's name says it replaces. */
export function stateInName(claimName: string): string | undefined {
  return claimName.split('.').at(-3);
}

function claimPath(file: string, state: string, number: number): string {
  return `${file}.${state}.${number}${CLAIM_SUFFIX}`;
}

/** One writer's wait for another. It measures with its own clock how long it has seen the same claim. */
class Wait {
  private readonly start = performance.now();
  private seen: number | undefined;
  private since = this.start;
  private longestPause = FIRST_PAUSE_MS;

  constructor(private readonly leaseMs: number) {}

  /** Whether this claim has been seen for a whole lease. */
  isOver(inode: number | undefined, number: number): boolean {
    if (inode === undefined || inode !== this.seen) {
      this.seen = inode;
      this.since = performance.now();
      return false;
    }
    return performance.now() - this.since >= this.leaseOf(number);
  }

  async pause(number: number): Promise<void> {
    if (performance.now() - this.start >= this.leaseOf(number) + PATIENCE_MS) {
      throw new SessionStoreError('other writers of the session take too long');
    }
    await pause(Math.random() * this.longestPause);
    this.longestPause = Math.min(this.longestPause * 2, LONGEST_PAUSE_MS);
  }

  /** Who takes over is given twice the time, so that on a disk which is slower than the lease somebody gets through. */
  private leaseOf(number: number): number {
    return this.leaseMs * 2 ** number;
  }
}

/** Takes the right to replace a session's file away from all who have written a draft for it, but for the owner of this one. */
export async function removeDrafts(disk: Disk, file: string, own?: Draft): Promise<void> {
  const folder = dirname(file);
  const prefix = `${basename(file)}.`;
  for (const name of await disk.list(folder)) {
    const path = join(folder, name);
    if (name.startsWith(prefix) && name.endsWith(DRAFT_SUFFIX) && path !== own?.path) await disk.remove(path);
  }
}
