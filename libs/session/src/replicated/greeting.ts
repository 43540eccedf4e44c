import { CLOCK_TOLERANCE_MS } from '../caspaxos/expiry.js';

const VERSION = 1;

/** The first message on a connection: who calls whom, in which group, and what time it is there. */
export interface Greeting {
  readonly version: number;
  readonly group: string;
  readonly from: number;
  readonly to: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The answer to it: null, or why there is nothing to talk about. */
export interface Welcome {
  readonly refusal: string | null;
}

export function greetingOf(group: string, from: number, to: number, now: number): Greeting {
  return { version: VERSION, group, from, to, now };
}

/** What makes a greeting unacceptable for one who expects `expected`, apart from its sender; null when nothing does. */
export function refusalOf(
  value: unknown,
  expected: { group: string; self: number; count: number; now: number },
): string | null {
  if (!isGreeting(value)) return 'it speaks another protocol';
  if (value.version !== VERSION) return 'it speaks another version of the protocol';
  if (value.group !== expected.group) return 'it was told of other peers';
  const isKnown = value.from >= 0 && value.from < expected.count && value.from !== expected.self;
  if (!isKnown || value.to !== expected.self) return 'its address belongs to another peer';
  // Half of what traces of ended sessions allow for, as it may go on differing.
  if (Math.abs(value.now - expected.now) > CLOCK_TOLERANCE_MS / 2) return 'its clock differs by more than half an hour';
  return null;
}

export function isWelcome(value: unknown): value is Welcome {
  if (typeof value !== 'object' || value === null || !('refusal' in value)) return false;
  return value.refusal === null || (typeof value.refusal === 'string' && value.refusal.length < 200);
}

export function isGreeting(value: unknown): value is Greeting {
  if (typeof value !== 'object' || value === null) return false;
  const { version, group, from, to, now } = value as Record<string, unknown>;
  return typeof group === 'string' && [version, from, to, now].every(Number.isSafeInteger);
}
