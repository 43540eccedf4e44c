import type { Acceptor } from './acceptor.js';
import type { BallotClock } from '../caspaxos/ballot.js';
import type { Incarnations } from './incarnations.js';
import type { Parcel, PeerState, Reply, Request, StatusMessage } from './messages.js';

/**
 * One peer as the others meet it. Before it holds the sessions it says nothing but that: no promise, no acceptance, no
 * register, for its silence about what it has forgotten could be taken for a vote.
 */
export class Replica {
  #isServing = false;
  #founders: readonly number[] | null = null;

  constructor(
    private readonly incarnations: Incarnations,
    private readonly acceptor: Acceptor,
    private readonly ballots: BallotClock,
  ) {}

  get state(): PeerState {
    if (!this.#isServing) return 'blank';
    return this.incarnations.isOutdated ? 'replaced' : 'serving';
  }

  /** What this peer tells the others of itself. */
  get status(): StatusMessage {
    return { is: 'status', state: this.state, founders: this.#founders };
  }

  /** It holds what it has to hold, and takes part from now on. */
  serve(founders: readonly number[] | null): void {
    this.#isServing = true;
    this.#founders ??= founders;
  }

  /** Takes part no more, as if it had died: what it holds may be incomplete from here on, so it forgets all of it. */
  leave(): void {
    this.#isServing = false;
    this.#founders = null;
    this.acceptor.forgetAll();
  }

  /**
   * Begins, if this life of this peer is among those that were found to hold nothing all at one moment: then it has forgotten nothing
   * since.
   */
  considerFounders(founders: readonly number[] | null): void {
    const { self, own } = this.incarnations;
    if (!this.#isServing && founders?.[self] === own) this.serve(founders);
  }

  /** Answers another peer. */
  receive(from: number, { vector, body }: Parcel<Request>): Parcel<Reply> {
    this.incarnations.learn(vector);
    const isStale = !this.incarnations.isCurrent(from, vector[from] ?? 0);
    const reply: Reply = isStale ? { is: 'cannot', why: 'replaced' } : this.answer(body);
    return { vector: this.incarnations.vector, body: reply };
  }

  /** The answer to a question, whoever asks. */
  answer(request: Request): Reply {
    if (request.is === 'status') {
      this.considerFounders(request.founders);
      return this.status;
    }
    const { state } = this;
    if (state !== 'serving') return { is: 'cannot', why: state === 'blank' ? 'joining' : 'replaced' };
    switch (request.is) {
      case 'prepare':
        this.ballots.observe(request.ballot);
        return this.acceptor.prepare(request.key, request.ballot);
      case 'accept':
        return this.acceptor.accept(request.key, request.ballot, request.value);
      case 'read':
        return this.acceptor.read(request.key);
      case 'heads':
        return this.acceptor.heads(request.since);
      default:
        return this.acceptor.fetch(request.keys);
    }
  }
}
