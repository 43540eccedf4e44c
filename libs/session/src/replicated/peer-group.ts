import { type AcceptorGroup, collect, type Verdict, type Vote } from '../caspaxos/acceptor-group.js';
import { SessionStoreError } from '../contracts/errors.js';
import type { Clock } from '../caspaxos/clock.js';
import type { Incarnations } from './incarnations.js';
import type { Reply, Request, Transport } from './messages.js';

/** One peer's answer, and the incarnation that gave it. */
export interface Answer {
  readonly peer: number;
  readonly incarnation: number;
  readonly reply: Reply;
}

/** All peers, this one among them, as somebody to ask. */
export class PeerGroup implements AcceptorGroup {
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

  get majority(): number {
    return this.incarnations.majority;
  }

  /**
   * Asks everybody, this peer first, until the verdict stands; undefined when all have answered or failed and there is none.
   * Answers of a peer's earlier life are shown to no verdict.
   */
  decide<T>(request: Request, timeoutMs: number, verdict: Verdict<T, Answer>): Promise<T | undefined> {
    const others = this.#others.map((peer) => this.ask(peer, request, timeoutMs));
    const { self, own } = this.incarnations;
    const mine = Promise.resolve({ peer: self, incarnation: own, reply: this.self(request) });
    return collect([mine, ...others], this.majority, this.clock, verdict, (answer) => this.#isCurrent(answer));
  }

  /** Why too few peers took part. */
  tooFew(answers: readonly Vote[], outcome: 'not-executed' | 'unknown'): SessionStoreError {
    const isFull = answers.some(({ reply }) => reply.is === 'cannot' && 'why' in reply && reply.why === 'full');
    return new SessionStoreError(
      isFull ? 'no room for another session' : 'a majority of the peers does not answer',
      outcome,
    );
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
