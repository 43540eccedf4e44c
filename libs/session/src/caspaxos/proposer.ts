import { SessionStoreError } from '../contracts/errors.js';
import type { AcceptorGroup, RegisterReply, RegisterRequest, Verdict, Vote } from './acceptor-group.js';
import { type Ballot, type Ballots, NO_BALLOT } from './ballot.js';
import type { Change, Decision } from './changes.js';
import type { Clock } from './clock.js';
import { pause } from './clock.js';
import { EMPTY, type RegisterText } from './register.js';
import { KeyedTurns } from './keyed-turns.js';

const FIRST_WAIT_MS = 4;
const LONGEST_WAIT_MS = 60;

/** Told what a majority turned out to hold, and when that was. Must not throw. */
export interface Learner {
  /** @param ballot under which a majority has accepted the value */
  learn(key: string, ballot: Ballot, value: RegisterText): void;
  /** Under this ballot a majority had the latest at that moment (of `clock.elapsed`). */
  confirm(key: string, ballot: Ballot, at: number): void;
}

/** What a majority holds. `isSettled`: all of a majority accepted the same, so that it is what the register holds, for good. */
interface Findings {
  readonly ballot: Ballot;
  readonly value: RegisterText;
  readonly isSettled: boolean;
}

/** How a question that needs a majority ended. */
type Outcome<T> =
  | { readonly is: 'majority'; readonly found: T }
  | { readonly is: 'refused'; readonly ballot: Ballot }
  | { readonly is: 'too-few'; readonly answers: readonly Vote[] };

/**
 * Changes and reads registers: the proposer of CASPaxos. A change is two rounds, prepare and accept, and counts once a
 * majority of all configured acceptors has accepted it; nothing is ever merged. Every process proposes by itself, without leader; who is refused
 * for a later ballot waits a random while and tries again until the deadline.
 */
export class Proposer {
  readonly #turns = new KeyedTurns();

  /** @param deadlineMs after which a call gives up */
  constructor(
    private readonly group: AcceptorGroup,
    private readonly ballots: Ballots,
    private readonly clock: Clock,
    private readonly deadlineMs: number,
    private readonly learner?: Learner,
  ) {}

  /**
   * Applies a change and answers with what it answered, once that is true for good. Rejects with `SessionStoreError`, which says whether
   * the change may have been stored, and with what the change throws.
   */
  change<T>(key: string, change: Change<T>): Promise<T> {
    const deadline = this.clock.elapsed() + this.deadlineMs;
    // Attempts of one process would only refuse each other.
    return this.#turns.take(key, () => this.#attempt(key, change, deadline));
  }

  /** The latest value, which no later read of anybody falls behind. */
  async read(key: string): Promise<RegisterText> {
    const startedAt = this.clock.elapsed();
    const outcome = await this.#ask({ is: 'read', key }, this.deadlineMs, this.#settledFindings);
    if (outcome.is === 'too-few') throw this.group.tooFew(outcome.answers, 'not-executed');
    if (outcome.is === 'refused' || !outcome.found.isSettled) {
      return this.change(key, (stored) => ({ answer: stored }));
    }
    const { ballot, value } = outcome.found;
    if (ballot !== NO_BALLOT) this.learner?.learn(key, ballot, value);
    this.learner?.confirm(key, ballot, startedAt);
    return value;
  }

  async #attempt<T>(key: string, change: Change<T>, deadline: number): Promise<T> {
    let sentBefore = false;
    for (let attempt = 0; ; attempt += 1) {
      const left = deadline - this.clock.elapsed();
      if (left <= 0) throw new SessionStoreError('no majority in time', sentBefore ? 'unknown' : 'not-executed');
      const ballot = this.ballots.next();
      const prepared = await this.#ask({ is: 'prepare', key, ballot }, left, this.#findings);
      if (prepared.is === 'too-few') throw this.group.tooFew(prepared.answers, sentBefore ? 'unknown' : 'not-executed');
      if (prepared.is === 'majority') {
        const decision = change(prepared.found.value, sentBefore);
        if (decision.write === undefined && prepared.found.isSettled) return decision.answer;
        sentBefore ||= decision.write !== undefined;
        if (await this.#store(key, ballot, prepared.found, decision, sentBefore, deadline)) return decision.answer;
      }
      await this.#backOff(attempt, deadline);
    }
  }

  /** Whether a majority has accepted what was decided, or what was found and is not settled yet. */
  async #store<T>(
    key: string,
    ballot: Ballot,
    found: Findings,
    decision: Decision<T>,
    mayBeStored: boolean,
    deadline: number,
  ): Promise<boolean> {
    const startedAt = this.clock.elapsed();
    if (startedAt >= deadline) return false;
    const value = decision.write ?? found.value;
    const stored = await this.#ask({ is: 'accept', key, ballot, value }, deadline - startedAt, this.#acceptance);
    if (stored.is === 'too-few') throw this.group.tooFew(stored.answers, mayBeStored ? 'unknown' : 'not-executed');
    if (stored.is === 'majority') this.learner?.confirm(key, ballot, startedAt);
    return stored.is === 'majority';
  }

  async #ask<T>(request: RegisterRequest, timeoutMs: number, verdict: Verdict<Outcome<T>>): Promise<Outcome<T>> {
    const outcome = (await this.group.decide(request, timeoutMs, verdict)) ?? { is: 'too-few', answers: [] };
    if (outcome.is === 'refused') this.ballots.observe(outcome.ballot);
    return outcome;
  }

  readonly #findings: Verdict<Outcome<Findings>> = (answers, pending) => {
    const holders = repliesOf(answers, 'held');
    if (holders.length < this.#majority) return this.#shortOf(holders.length, answers, pending);
    const found = this.#latestOf(holders);
    this.ballots.observe(found.ballot);
    return { is: 'majority', found };
  };

  /** Goes on asking while those that are slower may settle it. */
  readonly #settledFindings: Verdict<Outcome<Findings>> = (answers, pending) => {
    const outcome = this.#findings(answers, pending);
    const isOpen = outcome?.is === 'majority' && !outcome.found.isSettled && pending > 0;
    return isOpen ? undefined : outcome;
  };

  readonly #acceptance: Verdict<Outcome<true>> = (answers, pending) => {
    const count = repliesOf(answers, 'accepted').length;
    return count < this.#majority ? this.#shortOf(count, answers, pending) : { is: 'majority', found: true };
  };

  #latestOf(holders: readonly Extract<RegisterReply, { is: 'held' }>[]): Findings {
    const ballot = holders.reduce((latest, held) => (held.ballot > latest ? held.ballot : latest), NO_BALLOT);
    const latest = holders.filter((held) => held.ballot === ballot);
    // One may have let go of what its clock calls expired; the others' is the whole.
    const value = latest.reduce((longest, held) => (held.value.length > longest.length ? held.value : longest), EMPTY);
    return { ballot, value, isSettled: latest.length >= this.#majority };
  }

  #shortOf(count: number, answers: readonly Vote[], pending: number): Outcome<never> | undefined {
    if (count + pending >= this.#majority) return undefined;
    const refusals = repliesOf(answers, 'refused').map(({ ballot }) => ballot);
    if (refusals.length === 0) return { is: 'too-few', answers };
    return { is: 'refused', ballot: refusals.reduce((latest, ballot) => (ballot > latest ? ballot : latest)) };
  }

  get #majority(): number {
    return this.group.majority;
  }

  /** A random time up to a bound that doubles, so that proposers who met once do not meet again. */
  async #backOff(attempt: number, deadline: number): Promise<void> {
    const bound = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt, deadline - this.clock.elapsed());
    if (bound > 0) await pause(this.clock, this.clock.random() * bound);
  }
}

function repliesOf<K extends RegisterReply['is']>(
  answers: readonly Vote[],
  kind: K,
): Extract<RegisterReply, { is: K }>[] {
  return answers.flatMap(({ reply }) => (reply.is === kind ? [reply as Extract<RegisterReply, { is: K }>] : []));
}
