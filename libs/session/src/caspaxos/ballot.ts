/**
 * The number of one attempt to change a register: counter, number of the proposer, its incarnation, each of fixed width, so
 * that to compare two ballots is to compare two texts. No two attempts have the same. The empty text is before all of them.
 */
export type Ballot = string;

/** Of what was never attempted. */
export const NO_BALLOT: Ballot = '';

const SYNTAX = /^\d{16}\.\d{2}\.\d{16}$/;
const COUNTER_WIDTH = 16;

/** Whether something that came from outside can be a ballot at all. */
export function isBallot(value: unknown): value is Ballot {
  return typeof value === 'string' && (value === NO_BALLOT || SYNTAX.test(value));
}

/** The later of two. */
export function laterOf(one: Ballot, other: Ballot): Ballot {
  return one > other ? one : other;
}

/** Gives each attempt of a proposer its number. */
export interface Ballots {
  /** Above all that were observed, and given to nobody else. */
  next(): Ballot;
  observe(ballot: Ballot): void;
}

/** Gives each attempt of one peer a ballot above all that it has ever heard of (a Lamport clock). */
export class BallotClock {
  #counter = 0;

  constructor(private readonly peer: number) {}

  /** @param incarnation of this peer: after a restart it has forgotten its counter, and must not use a ballot again */
  next(incarnation: number): Ballot {
    this.#counter += 1;
    return [digits(this.#counter, COUNTER_WIDTH), digits(this.peer, 2), digits(incarnation, 16)].join('.');
  }

  observe(ballot: Ballot): void {
    this.#counter = Math.max(this.#counter, Number(ballot.slice(0, COUNTER_WIDTH)));
  }
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
