import {
  type AcceptorGroup,
  collect,
  type RegisterReply,
  type RegisterRequest,
  type Verdict,
  type Vote,
} from '../caspaxos/acceptor-group.js';
import type { Clock } from '../caspaxos/clock.js';
import { SessionStoreError } from '../contracts/errors.js';
import { NO_ANSWER, NOT_ASKED } from './call-gate.js';
import type { Abstention } from './directory-acceptor.js';
import type { DirectoryPlace } from './directory-place.js';
import { HomeMissingError } from './disk.js';
import { codeOf, FileSystemError } from './file-session.errors.js';
import type { Membership } from './membership.js';

interface DirectoryVote extends Vote {
  readonly reply: RegisterReply | Abstention;
}

/** The directories, as acceptors to ask. */
export class DirectoryGroup implements AcceptorGroup {
  constructor(
    private readonly places: readonly DirectoryPlace[],
    private readonly membership: Membership,
    private readonly clock: Clock,
  ) {}

  get majority(): number {
    return Math.floor(this.places.length / 2) + 1;
  }

  decide<T>(request: RegisterRequest, timeoutMs: number, verdict: Verdict<T>): Promise<T | undefined> {
    const asked = this.places.map((place) => this.#bounded(this.#ask(place, request), timeoutMs));
    return collect(asked, this.majority, this.clock, verdict);
  }

  tooFew(votes: readonly Vote[], outcome: 'not-executed' | 'unknown'): SessionStoreError {
    const missing = this.places.flatMap(({ problem }) => problem ?? []);
    const reasons = votes.flatMap(({ reply }) => (reply.is === 'cannot' && 'why' in reply ? [String(reply.why)] : []));
    const told = [...new Set([...reasons, ...missing])].join(', ');
    return new SessionStoreError(`a majority of the directories does not answer${told && `: ${told}`}`, outcome);
  }

  /** Never rejects: a place that fails abstains, and has missed something. */
  async #ask(place: DirectoryPlace, request: RegisterRequest): Promise<DirectoryVote> {
    try {
      return { reply: await this.#askAgain(place, request) };
    } catch (error) {
      // Other writers who take too long are not the directory's fault.
      if (error instanceof SessionStoreError && !(error instanceof FileSystemError)) {
        return { reply: { is: 'cannot', why: 'other writers take too long' } };
      }
      const why = codeOf(error);
      // Who waited in vain behind our own calls, all of which are in time, has found no fault in the directory.
      const isCrowded = why === NOT_ASKED && place.stuckCalls === 0;
      if (place.acceptor !== undefined && !isCrowded) place.note(why);
      return { reply: { is: 'cannot', why } };
    }
  }

  /**
   * Its folder may have got another name while a directory was replaced, before a call or in the middle of it: what it holds is the same,
   * and to ask for the same again changes nothing more.
   */
  async #askAgain(place: DirectoryPlace, request: RegisterRequest): Promise<DirectoryVote['reply']> {
    try {
      return await place.ask(request);
    } catch (error) {
      if (!(error instanceof HomeMissingError) && codeOf(error) !== 'ENOENT') throw error;
      await this.membership.assemble();
      return place.ask(request);
    }
  }

  #bounded(vote: Promise<DirectoryVote>, timeoutMs: number): Promise<DirectoryVote> {
    return new Promise((resolve) => {
      const stop = this.clock.after(timeoutMs, () => resolve({ reply: { is: 'cannot', why: NO_ANSWER } }));
      void vote.then((answer) => {
        stop();
        resolve(answer);
      });
    });
  }
}
