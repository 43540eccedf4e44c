import { type Ballot, NO_BALLOT } from '../caspaxos/ballot.js';
import type { Reply } from './messages.js';
import { isLongOver } from '../caspaxos/expiry.js';
import { EMPTY, isEnded, type RegisterText } from '../caspaxos/register.js';

/** What one peer holds of one register. */
export interface Slot {
  readonly promised: Ballot;
  readonly accepted: Ballot;
  readonly value: RegisterText;
  /** In this peer's own count of changes. The slots stand in this order. */
  readonly sequence: number;
  /** When it changed last, on the clock that never goes back. */
  readonly changedAt: number;
}

/** A promise about nothing is of no use so long after the attempt it was made to. */
const PROMISE_KEPT_MS = 60_000;

/** The answer that tells what is held, to whom asks. */
export function held(slot: Slot | undefined): Reply {
  return { is: 'held', ballot: slot?.accepted ?? NO_BALLOT, value: slot?.value ?? EMPTY };
}

/** Whether nobody needs it any more. */
export function isForgettable({ value, changedAt }: Slot, now: number, elapsed: number): boolean {
  if (value === EMPTY) return elapsed - changedAt > PROMISE_KEPT_MS;
  return isEnded(value) && isLongOver(value, now);
}
