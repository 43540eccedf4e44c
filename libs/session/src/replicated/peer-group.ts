import { SessionStoreError } from '../contracts/errors.js';
import type { Clock } from './clock.js';
import type { Incarnations } from './incarnations.js';
import type { Reply, Request, Transport } from './messages.js';

/** One peer's answer, and the incarnation that gave it. */
export interface Answer {
  readonly peer: number;
  readonly incarnation: number;
  readonly reply: Reply;
}

/** What the answers so far amount to; undefined while more of them are needed. */
export type Verdict<T> = (answers: readonly Answer[], pending: number) => T | undefined;

/** Once a majority has taken part without deciding, how long those that are slower are waited for. */
const PATIENCE_MS = 30;

/** All peers, this one among them, as somebody to ask. */
export class PeerGroup {
  /** @param self answers what this peer answers itself */
  constructor(
    readonly incarnations: Incarnations,
    private readonly transport: Transport,
    private readonly self: (request: Request) => Reply,
    private readonly clock: Clock,
  ) {}

  /** The answer of one other peer. Rejects when there is none. */
  async ask(peer: number, request: Request, timeoutMs: number): Promise<Answer> {
    const { vector, body } = await this.transport.send(
      peer,
      { vector: this.incarnations.vector, body: request },
      timeoutMs,
    );
    this.incarnations.learn(vector);
    return { peer, incarnation: vector[peer] ?? 0, reply: body };
  }

  /** Asks all others, and answers with those that answered. */
  async askOthers(request: Request, timeoutMs: number): Promise<Answer[]> {
    const asked = this.#others.map((peer) => this.ask(peer, request, timeoutMs));
    const settled = await Promise.allSettled(asked);
    const answers = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    return answers.filter((answer) => this.#isCurrent(answer));
  }

  /**
   * Asks everybody, this peer first, until the verdict stands; undefined when all have answered or failed and there is none.
   * Answers of a peer's earlier life are shown to no verdict.
   */
  decide<T>(request: Request, timeoutMs: number, verdict: Verdict<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const answers: Answer[] = [];
      let pending = this.incarnations.count;
      let isOver = false;
      let stopWaiting: (() => void) | undefined;
      const finish = (decision: T | undefined): void => {
        isOver = true;
        stopWaiting?.();
        resolve(decision);
      };
      const current = (): Answer[] => answers.filter((answer) => this.#isCurrent(answer));
      const settle = (answer?: Answer): void => {
        if (isOver) return;
        pending -= 1;
        if (answer !== undefined) answers.push(answer);
        const decision = verdict(current(), pending);
        if (decision !== undefined || pending === 0) finish(decision);
        else if (current().filter(takesPart).length >= this.incarnations.majority) {
          stopWaiting ??= this.clock.after(PATIENCE_MS, () => finish(verdict(current(), 0)));
        }
      };
      const asked = this.#others.map((peer) => this.ask(peer, request, timeoutMs));
      settle({ peer: this.incarnations.self, incarnation: this.incarnations.own, reply: this.self(request) });
      for (const answer of asked) answer.then(settle, () => settle());
    });
  }

  get #others(): number[] {
    return Array.from({ length: this.incarnations.count }, (_, peer) => peer).filter(
      (peer) => peer !== this.incarnations.self,
    );
  }

  #isCurrent({ peer, incarnation }: Answer): boolean {
    return this.incarnations.isCurrent(peer, incarnation);
  }
}

function takesPart({ reply }: Answer): boolean {
  return reply.is !== 'cannot';
}

/** Why too few peers took part. */
export function tooFew(answers: readonly Answer[], outcome: 'not-executed' | 'unknown'): SessionStoreError {
  const isFull = answers.some(({ reply }) => reply.is === 'cannot' && reply.why === 'full');
  return new SessionStoreError(
    isFull ? 'no room for another session' : 'a majority of the peers does not answer',
    outcome,
  );
}
