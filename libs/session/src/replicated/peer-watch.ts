import type { RepositoryListener } from '../contracts/repository-events.js';
import type { CatchUp } from './catch-up.js';
import { type Clock, pause } from '../caspaxos/clock.js';
import type { PeerGroup } from './peer-group.js';
import type { Proposer } from '../caspaxos/proposer.js';
import type { Replica } from './replica.js';

const BEAT_MS = 1_000;
const FOLLOW_EVERY_BEATS = 10;

/**
 * Asks one other peer every second how it is. Tells when it stops to take part and when it does again, and takes over then, and
 * from time to time, what was missed.
 */
export class PeerWatch {
  /** Unknown until it was seen, or was missing for two beats: peers are started one after the other. */
  #isAvailable: boolean | undefined;
  #missing = 0;

  /** @param place how the peer is called */
  constructor(
    private readonly peer: number,
    private readonly place: string,
    private readonly group: PeerGroup,
    private readonly replica: Replica,
    private readonly catchUp: CatchUp,
    private readonly proposer: Proposer,
    private readonly clock: Clock,
    private readonly tell: RepositoryListener,
  ) {}

  async run(isStopped: () => boolean): Promise<void> {
    for (let beat = 0; !isStopped(); beat += 1) {
      const problem = await this.#problem();
      if (isStopped()) return;
      const isBack = problem === undefined && this.#isAvailable !== true;
      this.#note(problem);
      const isDue = isBack || (problem === undefined && beat % FOLLOW_EVERY_BEATS === 0);
      if (isDue && this.replica.state === 'serving') await this.#getInStep();
      await pause(this.clock, BEAT_MS * (0.75 + this.clock.random() / 2));
    }
  }

  /** What cannot be taken over from one peer is learned from a majority. */
  async #getInStep(): Promise<void> {
    for (const key of await this.catchUp.follow(this.peer)) await this.proposer.read(key).catch(() => undefined);
  }

  /** Why the peer does not take part; undefined when it does. */
  async #problem(): Promise<string | undefined> {
    try {
      const { reply } = await this.group.ask(this.peer, this.replica.status, BEAT_MS);
      if (reply.is !== 'status') return 'a later process of this instance runs';
      this.replica.considerFounders(reply.founders);
      return reply.state === 'serving' ? undefined : 'it is joining';
    } catch (error) {
      return error instanceof Error ? error.message : 'it does not answer';
    }
  }

  #note(problem: string | undefined): void {
    if (problem === undefined) {
      if (this.#isAvailable === false) this.tell('placeAvailable', { place: this.place });
      this.#isAvailable = true;
      this.#missing = 0;
      return;
    }
    this.#missing += 1;
    const isNews = this.#isAvailable === undefined ? this.#missing === 2 : this.#isAvailable;
    if (isNews) {
      this.#isAvailable = false;
      this.tell('placeUnavailable', { place: this.place, reason: problem });
    }
  }
}
