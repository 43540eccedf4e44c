import type { CatchUp } from './catch-up.js';
import { type Clock, pause } from '../caspaxos/clock.js';
import type { Incarnations } from './incarnations.js';
import type { StatusMessage } from './messages.js';
import type { PeerGroup } from './peer-group.js';
import type { Replica } from './replica.js';

const ROUND_MS = 50;
const ANSWER_MS = 1_000;

/** Another peer, as it said of itself. */
interface PeerStatus extends StatusMessage {
  readonly peer: number;
  readonly incarnation: number;
}

/**
 * How a peer without a memory comes to take part. Either others hold the sessions: then it takes over everything from so many of them
 * that every majority it was ever part of is among them (the recovery of "Viewstamped Replication Revisited", Liskov and Cowling
 * 2012, for members without disks). Or nobody holds anything, which is believed only when every
 * configured peer says so twice in a row: between the two rounds lies a moment at which all of them held nothing. When more
 * have lost their memory than that allows, it waits and says so, because what is lost must not be lost in silence.
 */
export class Joining {
  #reason = 'joining the other peers';
  #lastBlank = '';

  constructor(
    private readonly replica: Replica,
    private readonly group: PeerGroup,
    private readonly catchUp: CatchUp,
    private readonly clock: Clock,
  ) {}

  /** Why it does not take part yet. */
  get reason(): string {
    return this.#reason;
  }

  /** Tries until this peer takes part. Ends early when told to. */
  async run(isStopped: () => boolean): Promise<void> {
    while (!isStopped() && this.replica.state === 'blank') {
      await this.#round();
      if (this.replica.state !== 'blank') break;
      await pause(this.clock, ROUND_MS * (0.5 + this.clock.random()));
    }
    // So that others who can begin with this one need not wait for their next round.
    if (!isStopped()) await this.group.askOthers(this.replica.status, ANSWER_MS);
  }

  async #round(): Promise<void> {
    const peers = await this.#statuses();
    if (this.#incarnations.isOutdated) return this.#incarnations.renew();
    for (const { founders } of peers) this.replica.considerFounders(founders);
    const serving = peers.filter(({ state }) => state === 'serving');
    if (this.replica.state === 'serving' || this.#isFounded(peers)) return;
    this.#reason = this.#obstacle(peers.length, serving.length);
    if (serving.length >= this.#incarnations.recoveryQuorum) await this.#recoverFrom(serving);
  }

  async #statuses(): Promise<PeerStatus[]> {
    const answers = await this.group.askOthers(this.replica.status, ANSWER_MS);
    return answers.flatMap(({ peer, incarnation, reply }) =>
      reply.is === 'status' ? [{ ...reply, peer, incarnation }] : [],
    );
  }

  /** Whether all peers held nothing in this round and, in the same lives, in the one before. */
  #isFounded(peers: readonly PeerStatus[]): boolean {
    const isBlank = peers.length === this.#incarnations.count - 1 && peers.every(({ state }) => state === 'blank');
    const founders = this.#incarnations.vector;
    const before = this.#lastBlank;
    this.#lastBlank = isBlank ? founders.join() : '';
    if (!isBlank || this.#lastBlank !== before) return false;
    this.replica.serve(founders);
    return true;
  }

  async #recoverFrom(serving: readonly PeerStatus[]): Promise<void> {
    const pulls = serving.map(async ({ peer }) => ({ peer, incarnation: await this.catchUp.recoverFrom(peer) }));
    const settled = await Promise.allSettled(pulls);
    const sources = settled
      .flatMap((pull) => (pull.status === 'fulfilled' ? [pull.value] : []))
      .filter(({ peer, incarnation }) => this.#incarnations.isCurrent(peer, incarnation));
    const isWhole = sources.length >= this.#incarnations.recoveryQuorum && !this.#incarnations.isOutdated;
    if (isWhole) this.replica.serve(null);
  }

  #obstacle(answering: number, serving: number): string {
    const { count, recoveryQuorum } = this.#incarnations;
    const seen = `joining: of ${count - 1} other peers ${answering} answer and ${serving} hold the sessions`;
    if (serving === 0) return `${seen}; a first start needs all of them, empty`;
    const isStuck = answering === count - 1 && serving < recoveryQuorum;
    return isStuck
      ? `${seen}, ${recoveryQuorum} have to: too many have lost their memory at once; stop all of them to begin with nothing`
      : `${seen}, ${recoveryQuorum} have to`;
  }

  get #incarnations(): Incarnations {
    return this.group.incarnations;
  }
}
