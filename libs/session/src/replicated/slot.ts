import { ENVELOPE } from '../contracts/envelope.js';
import { type Ballot, NO_BALLOT } from '../caspaxos/ballot.js';
import type { Reply } from './messages.js';
import { EMPTY, envelopeOf, isEnded, type RegisterText, untilOf } from '../caspaxos/register.js';

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

/** By how much clocks may differ: a trace of an ended session is kept so much longer than its deadline. */
export const CLOCK_TOLERANCE_MS = 3_600_000;

/** A promise about nothing is of no use so long after the attempt it was made to. */
const PROMISE_KEPT_MS = 60_000;

/** The answer that tells what is held, to whom asks. */
export function held(slot: Slot | undefined): Reply {
  return { is: 'held', ballot: slot?.accepted ?? NO_BALLOT, value: slot?.value ?? EMPTY };
}

/** Whether nobody needs it any more. */
export function isForgettable({ value, changedAt }: Slot, now: number, elapsed: number): boolean {
  if (value === EMPTY) return elapsed - changedAt > PROMISE_KEPT_MS;
  return isEnded(value) && untilOf(value) + CLOCK_TOLERANCE_MS < now;
}

/** Whether it holds a session whose deadline has passed. */
export function isExpired(value: RegisterText, now: number): boolean {
  if (value === EMPTY || isEnded(value)) return false;
  const { start, end } = ENVELOPE.expiresAt;
  // What is no number belongs to a later format of the envelope, and stays until its absolute deadline.
  const expiresAt = Number(envelopeOf(value).slice(start, end));
  return (Number.isNaN(expiresAt) ? untilOf(value) : expiresAt) < now;
}
