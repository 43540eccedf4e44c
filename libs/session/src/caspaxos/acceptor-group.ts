import type { SessionStoreError } from '../contracts/errors.js';
import type { Ballot } from './ballot.js';
import type { Clock } from './clock.js';
import type { RegisterText } from './register.js';

/** What an acceptor is asked about one register. */
export type RegisterRequest =
  | { readonly is: 'prepare'; readonly key: string; readonly ballot: Ballot }
  | { readonly is: 'accept'; readonly key: string; readonly ballot: Ballot; readonly value: RegisterText }
  | { readonly is: 'read'; readonly key: string };

/** What it answers. Whatever else an acceptor may say is no part in a decision. */
export type RegisterReply =
  /** What was accepted last, to a `prepare` and to a `read`. */
  | { readonly is: 'held'; readonly ballot: Ballot; readonly value: RegisterText }
  | { readonly is: 'accepted' }
  /** Something was promised to this later ballot. */
  | { readonly is: 'refused'; readonly ballot: Ballot };

/** One acceptor's answer. */
export interface Vote {
  readonly reply: { readonly is: string };
}

/** What the answers so far amount to; undefined while more of them are needed. */
export type Verdict<T, V extends Vote = Vote> = (votes: readonly V[], pending: number) => T | undefined;

/** All acceptors, as somebody to ask. */
export interface AcceptorGroup {
  /** How many have to take part in a decision: more than half of those configured, whoever is up. */
  readonly majority: number;
  /** Asks everybody until the verdict stands; undefined when all have answered or failed and there is none. */
  decide<T>(request: RegisterRequest, timeoutMs: number, verdict: Verdict<T>): Promise<T | undefined>;
  /** Why too few took part. */
  tooFew(votes: readonly Vote[], outcome: 'not-executed' | 'unknown'): SessionStoreError;
}

/** Once a majority has taken part without deciding, how long those that are slower are waited for. */
const PATIENCE_MS = 30;

/**
 * Collects answers until the verdict stands; undefined when all have answered or failed and there is none.
 * @param isCounted whether an answer may be shown to the verdict; asked again each time
 */
export function collect<T, V extends Vote>(
  asked: readonly Promise<V>[],
  majority: number,
  clock: Clock,
  verdict: Verdict<T, V>,
  isCounted: (vote: V) => boolean = () => true,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const answers: V[] = [];
    let pending = asked.length;
    let isOver = false;
    let stopWaiting: (() => void) | undefined;
    const finish = (decision: T | undefined): void => {
      isOver = true;
      stopWaiting?.();
      resolve(decision);
    };
    const counted = (): V[] => answers.filter(isCounted);
    const settle = (answer?: V): void => {
      if (isOver) return;
      pending -= 1;
      if (answer !== undefined) answers.push(answer);
      const decision = verdict(counted(), pending);
      if (decision !== undefined || pending === 0) finish(decision);
      else if (counted().filter(takesPart).length >= majority) {
        stopWaiting ??= clock.after(PATIENCE_MS, () => finish(verdict(counted(), 0)));
      }
    };
    if (asked.length === 0) finish(verdict([], 0));
    for (const answer of asked) answer.then(settle, () => settle());
  });
}

function takesPart({ reply }: Vote): boolean {
  return reply.is !== 'cannot';
}
