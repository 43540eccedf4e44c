import { ENVELOPE } from '../contracts/envelope.js';
import { EMPTY, envelopeOf, isEnded, type RegisterText, untilOf } from './register.js';

/** By how much clocks may differ: a trace of an ended session is kept so much longer than its deadline. */
export const CLOCK_TOLERANCE_MS = 3_600_000;

/** Whether a register holds a session whose deadline has passed. */
export function isExpired(value: RegisterText, now: number): boolean {
  if (value === EMPTY || isEnded(value)) return false;
  const { start, end } = ENVELOPE.expiresAt;
  // What is no number belongs to a later format of the envelope, and stays until its absolute deadline.
  const expiresAt = Number(envelopeOf(value).slice(start, end));
  return (Number.isNaN(expiresAt) ? untilOf(value) : expiresAt) < now;
}

/** Whether everything that was ever in the register is over, by anybody's clock. Not of the empty text. */
export function isLongOver(value: RegisterText, now: number): boolean {
  return untilOf(value) + CLOCK_TOLERANCE_MS < now;
}
