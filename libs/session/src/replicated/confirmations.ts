import type { Ballot } from '../caspaxos/ballot.js';
import type { Clock } from '../caspaxos/clock.js';

/** That the value under a ballot was the latest at some moment, as a majority said. */
interface Confirmation {
  readonly ballot: Ballot;
  readonly at: number;
  /** The same moment by the machine's clock: the other one stands still while a machine sleeps. */
  readonly epochMs: number;
}

/** Which values of one peer's copies a majority has confirmed, and when. */
export class Confirmations {
  readonly #latest = new Map<string, Confirmation>();

  constructor(private readonly clock: Clock) {}

  /** Remembers that a majority had the value under this ballot as the latest at that moment (of `clock.elapsed`). */
  confirm(key: string, ballot: Ballot, at: number): void {
    const before = this.#latest.get(key);
    if (before !== undefined && (before.ballot > ballot || before.at > at)) return;
    this.#latest.set(key, { ballot, at, epochMs: this.clock.now() - (this.clock.elapsed() - at) });
  }

  /** Whether the value under this ballot was confirmed less than so long ago. */
  isWithin(key: string, ballot: Ballot, ms: number): boolean {
    const confirmed = this.#latest.get(key);
    if (confirmed?.ballot !== ballot) return false;
    return Math.max(this.clock.elapsed() - confirmed.at, this.clock.now() - confirmed.epochMs) < ms;
  }

  forget(key: string): void {
    this.#latest.delete(key);
  }
}
