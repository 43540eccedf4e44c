import type { Clock } from '../caspaxos/clock.js';
import { CLOCK_TOLERANCE_MS, isExpired, isLongOver } from '../caspaxos/expiry.js';
import { EMPTY, endedText, EXPIRY, type RegisterText } from '../caspaxos/register.js';
import { slotIn, slotText } from './directory-acceptor.js';
import type { DirectoryPlace } from './directory-place.js';
import { type SessionFile, TOMBSTONE } from './session-file.js';

/** A promise about nothing is of no use so long after the attempt that it was made to. */
const PROMISE_KEPT_MS = 600_000;

/**
 * Keeps the directories small, each by itself: of a session that has expired a trace stays under the same ballot, and that until a directory that
 * comes back could show nothing of it but what is over. A session counts as expired here when it is so by any clock: else some directories
 * would say that it is over while others, asked by an instance whose clock is behind, say that it is alive.
 */
export class MirrorSweep {
  constructor(
    private readonly places: readonly DirectoryPlace[],
    private readonly clock: Clock,
  ) {}

  /**
   * A directory that fails keeps nobody from sweeping the others. Rejects when all fail that count.
   * @returns how many sessions had expired: the most that one directory held
   */
  async run(signal: AbortSignal): Promise<number> {
    const counts: number[] = [];
    const errors: unknown[] = [];
    for (const place of this.places) {
      const { acceptor } = place;
      if (acceptor === undefined) continue;
      try {
        counts.push(await acceptor.directory.sweep((key, file) => this.#visit(place, key, file), signal));
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0 && counts.length === 0) throw errors[0];
    return Math.max(0, ...counts);
  }

  async #visit(place: DirectoryPlace, key: string, file: SessionFile): Promise<boolean> {
    const now = this.clock.now();
    const stored = await file.read();
    if (stored === TOMBSTONE) await file.remove();
    const slot = slotIn(stored);
    if (slot === undefined) return false;
    const { value } = slot;
    if (value === EMPTY) {
      if (await this.#isOfNoUse(place, key, file)) await removeIf(file, (other) => other === EMPTY);
      return false;
    }
    if (isLongOver(value, now)) return removeIf(file, (other) => other === value);
    return isOver(value, now) && leaveTrace(file, now);
  }

  /** Whether an old promise is about a session that no directory knows, of which it needs to hear from every one of them. */
  async #isOfNoUse(place: DirectoryPlace, key: string, file: SessionFile): Promise<boolean> {
    if (!(await file.isOlderThan(PROMISE_KEPT_MS))) return false;
    for (const { acceptor } of this.places.filter((other) => other !== place)) {
      const slot = await acceptor?.slot(key);
      if (slot?.value !== EMPTY) return false;
    }
    return true;
  }
}

/** Whether it has expired by anybody's clock. */
function isOver(value: RegisterText, now: number): boolean {
  return isExpired(value, now - CLOCK_TOLERANCE_MS);
}

async function removeIf(file: SessionFile, isMeant: (value: RegisterText) => boolean): Promise<boolean> {
  const result = await file.destroy((stored) => {
    const slot = slotIn(stored);
    return slot !== undefined && isMeant(slot.value) ? 'destroyed' : 'conflict';
  });
  return result === 'destroyed';
}

/** The same under the same ballot: no change that others would have to hear of. */
function leaveTrace(file: SessionFile, now: number): Promise<boolean> {
  return file.change((stored) => {
    const slot = slotIn(stored);
    if (slot === undefined || !isOver(slot.value, now)) return { answer: false };
    return { answer: true, write: slotText({ ...slot, value: endedText(slot.value, EXPIRY) }) };
  });
}
