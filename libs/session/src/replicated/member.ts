import { SessionStoreError } from '../contracts/errors.js';
import type { RepositoryListener } from '../contracts/repository-events.js';
import { Acceptor } from './acceptor.js';
import { BallotClock, type Ballots } from '../caspaxos/ballot.js';
import { CatchUp } from './catch-up.js';
import type { Change } from '../caspaxos/changes.js';
import { type Clock, pause } from '../caspaxos/clock.js';
import { Incarnations } from './incarnations.js';
import { Joining } from './joining.js';
import type { Parcel, Reply, Request, Transport } from './messages.js';
import { PeerGroup } from './peer-group.js';
import { PeerWatch } from './peer-watch.js';
import { Proposer } from '../caspaxos/proposer.js';
import type { RegisterText } from '../caspaxos/register.js';
import { Replica } from './replica.js';

const SWEEP_EVERY_MS = 15_000;
const REPLACED_CHECK_MS = 1_000;

/** What a member has to know. Peers are named by their place in the sorted list that all of them share. */
export interface MemberSettings {
  readonly peers: readonly string[];
  readonly self: number;
  /** Of this life; see `Incarnations`. */
  readonly incarnation: number;
  readonly maxSessions: number;
  readonly trustMs: number;
  readonly deadlineMs: number;
}

/** The parts that a member is made of, in the order in which they stand upon each other. */
export interface MemberParts {
  readonly incarnations: Incarnations;
  readonly acceptor: Acceptor;
  readonly replica: Replica;
  readonly group: PeerGroup;
  readonly catchUp: CatchUp;
}

/** One peer, whole: votes, proposes, joins, and keeps in step. Does no input or output of its own. */
export class Member {
  readonly #parts: MemberParts;
  readonly #proposer: Proposer;
  readonly #joining: Joining;
  readonly #watches: readonly PeerWatch[];
  #tell: RepositoryListener = () => undefined;
  #isStopped = false;

  /** @param makeParts so that a test can put a broken one in */
  constructor(
    private readonly settings: MemberSettings,
    transport: Transport,
    private readonly clock: Clock,
    makeParts: typeof memberParts = memberParts,
  ) {
    const ballots = new BallotClock(settings.self);
    this.#parts = makeParts(settings, transport, clock, ballots);
    const { acceptor, incarnations, replica, group, catchUp } = this.#parts;
    const ownBallots: Ballots = {
      next: () => ballots.next(incarnations.own),
      observe: (ballot) => ballots.observe(ballot),
    };
    this.#proposer = new Proposer(group, ownBallots, clock, settings.deadlineMs, acceptor);
    this.#joining = new Joining(replica, group, catchUp, clock);
    const proposer = this.#proposer;
    const tell: RepositoryListener = (event, detail) => this.#tell(event, detail);
    this.#watches = settings.peers.flatMap((place, peer) =>
      peer === settings.self ? [] : [new PeerWatch(peer, place, group, replica, catchUp, proposer, clock, tell)],
    );
  }

  get isServing(): boolean {
    return this.#parts.replica.state === 'serving';
  }

  /** How many registers it holds, of live and of ended sessions. */
  get size(): number {
    return this.#parts.acceptor.size;
  }

  reportTo(listener: RepositoryListener): void {
    this.#tell = listener;
  }

  /** Answers another peer. */
  receive(from: number, parcel: Parcel<Request>): Parcel<Reply> {
    return this.#parts.replica.receive(from, parcel);
  }

  /** Joins the others. Resolves when this peer takes part; goes on keeping in step until it is stopped. */
  async join(): Promise<void> {
    for (const watch of this.#watches) void watch.run(() => this.#isStopped);
    void this.#sweepNowAndThen();
    await this.#joining.run(() => this.#isStopped);
    void this.#joinAgainWhenReplaced();
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Applies a change to a register. Rejects as `Proposer.change` does. */
  async change<T>(key: string, change: Change<T>): Promise<T> {
    this.#assertServing();
    return this.#proposer.change(key, change);
  }

  /** What the register holds, if a majority said so a short time ago. Rejects while this peer is joining. */
  recent(key: string): RegisterText | undefined {
    this.#assertServing();
    return this.#parts.acceptor.confirmedWithin(key, this.settings.trustMs);
  }

  /** What the register holds, as a majority says now. */
  async read(key: string): Promise<RegisterText> {
    this.#assertServing();
    return this.#proposer.read(key);
  }

  /** Lets go of what is over. Also done every now and then. */
  sweep(): void {
    this.#parts.acceptor.sweep();
  }

  async #sweepNowAndThen(): Promise<void> {
    while (!this.#isStopped) {
      await pause(this.clock, SWEEP_EVERY_MS);
      if (!this.#isStopped) this.sweep();
    }
  }

  /**
   * A clock that was put back between two starts, and a message of the start before that arrives late: then a later life than this one is known, and
   * its answers count nowhere. It ends this life and begins one that is later still.
   */
  async #joinAgainWhenReplaced(): Promise<void> {
    while (!this.#isStopped) {
      await pause(this.clock, REPLACED_CHECK_MS);
      if (this.#parts.replica.state !== 'replaced') continue;
      this.#parts.replica.leave();
      await this.#joining.run(() => this.#isStopped);
    }
  }

  #assertServing(): void {
    if (this.#isStopped) throw new SessionStoreError('stopped');
    const { state } = this.#parts.replica;
    if (state === 'blank') throw new SessionStoreError(this.#joining.reason);
    if (state === 'replaced') throw new SessionStoreError('a later process runs under the name of this instance');
  }
}

/** The parts as they belong together. */
export function memberParts(
  settings: MemberSettings,
  transport: Transport,
  clock: Clock,
  ballots: BallotClock,
): MemberParts {
  const incarnations = new Incarnations(settings.peers.length, settings.self, settings.incarnation);
  const acceptor = new Acceptor(clock, settings.maxSessions);
  const replica = new Replica(incarnations, acceptor, ballots);
  const group = new PeerGroup(incarnations, transport, (request) => replica.answer(request), clock);
  return { incarnations, acceptor, replica, group, catchUp: new CatchUp(group, acceptor) };
}
