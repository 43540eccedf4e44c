import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { randomInt, randomUUID } from 'node:crypto';
import { BallotClock } from '../caspaxos/ballot.js';
import { destroy, look, save, touch } from '../caspaxos/changes.js';
import { type Clock, SYSTEM_CLOCK } from '../caspaxos/clock.js';
import { Proposer } from '../caspaxos/proposer.js';
import { sessionIn } from '../caspaxos/register.js';
import type { RejectedRecord, SessionRecord } from '../contracts/record.js';
import { type DestroyResult, type Guarantees, type SaveResult, SessionRepository } from '../contracts/repository.js';
import type { ReportingRepository, RepositoryListener } from '../contracts/repository-events.js';
import { isSessionId, storageKey } from '../contracts/session-id.js';
import { SessionConfigError } from '../contracts/errors.js';
import { callsPerDirectory } from './call-gate.js';
import { DirectoryGroup } from './directory-group.js';
import { DirectoryPlace } from './directory-place.js';
import { DirectoryWatch } from './directory-watch.js';
import { answering } from './file-session.errors.js';
import type { FileSettings } from './file-session.options.js';
import { MISPLACED } from './founding.js';
import { Membership } from './membership.js';
import { MirrorSweep } from './mirror-sweep.js';
import { Refill } from './refill.js';
import { HOPELESS } from './session-directory.js';
import { Sweeper } from './sweeper.js';

/** What a start ends with when no directory counts: somebody has to put it right. */
const UNFIT: ReadonlySet<string> = new Set([...HOPELESS, ...Object.values(MISPLACED)]);

/**
 * Sessions in files of several directories, each of which holds all of them. Reads and writes need a majority of the directories, whichever those
 * are: one of three may be away, stand still, refuse or be full. Correct between processes that know nothing of each other.
 */
export class MirroredFileSessionRepository
  extends SessionRepository
  implements OnModuleInit, OnApplicationShutdown, ReportingRepository
{
  readonly guarantees: Guarantees = { concurrency: 'compare-and-set', reads: 'latest', revocation: 'immediate' };
  readonly #clock: Clock = SYSTEM_CLOCK;
  readonly #stopping = new AbortController();
  readonly #places: readonly DirectoryPlace[];
  readonly #membership: Membership;
  readonly #proposer: Proposer;
  readonly #watch: DirectoryWatch;
  readonly #sweeper: Sweeper;
  #tell: RepositoryListener = () => undefined;
  #opened: Promise<void> | undefined;

  constructor({ directories, leaseMs, deadlineMs, sweepEveryMs }: FileSettings) {
    super();
    const settings = { capacity: callsPerDirectory(directories.length), leaseMs, deadlineMs };
    const places = directories.map((root) => new DirectoryPlace(root, settings));
    this.#places = places;
    this.#membership = new Membership(places);
    const group = new DirectoryGroup(places, this.#membership, this.#clock);
    this.#proposer = new Proposer(group, ownBallots(), this.#clock, deadlineMs);
    const refill = new Refill(places, this.#proposer, this.#stopping.signal);
    const tell: RepositoryListener = (event, detail) => this.#tell(event, detail);
    this.#watch = new DirectoryWatch(places, this.#membership, refill, this.#clock, tell);
    const sweep = new MirrorSweep(places, this.#clock);
    this.#sweeper = new Sweeper((signal) => sweep.run(signal), sweepEveryMs);
  }

  async load(token: string): Promise<SessionRecord | RejectedRecord | null> {
    if (!isSessionId(token)) return null;
    const key = storageKey(token);
    await this.#open();
    const found = sessionIn(await this.#proposer.read(key), token);
    if (found === null || 'rejected' in found || found.expiresAt > this.#clock.now()) return found;
    return this.#proposer.change(key, look(token, this.#clock.now()));
  }

  async save(record: SessionRecord): Promise<SaveResult> {
    if (!isSessionId(record.id) || record.expiresAt <= this.#clock.now()) return { status: 'gone' };
    await this.#open();
    return this.#proposer.change(storageKey(record.id), save(record, this.#clock.now()));
  }

  async touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    if (!isSessionId(record.id)) return { status: 'gone' };
    await this.#open();
    return this.#proposer.change(storageKey(record.id), touch(record, expiresAt, this.#clock.now()));
  }

  async destroy(token: string, version?: number): Promise<DestroyResult> {
    if (!isSessionId(token)) return 'gone';
    await this.#open();
    return this.#proposer.change(storageKey(token), destroy(token, version, randomUUID(), this.#clock.now()));
  }

  /** Lets go of expired sessions and of what dead processes have left behind, in every directory that answers, now. */
  async sweep(): Promise<number> {
    await this.#open();
    return answering(this.#sweeper.sweep());
  }

  /** Tells of every directory that is away, and when it is back and in step. */
  reportTo(listener: RepositoryListener): void {
    this.#tell = listener;
  }

  /**
   * Finds out which directories count, and begins to look after them. Throws `SessionConfigError` when none of them counts and one can
   * hold no sessions, or belongs elsewhere; that some do not answer now is no reason to.
   */
  async onModuleInit(): Promise<void> {
    await this.#open();
    this.#assertNotHopeless();
    this.#sweeper.start();
    void this.#watch.run(this.#stopping.signal);
  }

  #assertNotHopeless(): void {
    const hopeless = this.#places.filter(({ folder, problem }) => folder === undefined && UNFIT.has(problem ?? ''));
    const isPossible = this.#places.some(({ folder }) => folder !== undefined);
    if (hopeless.length === 0 || isPossible) return;
    throw new SessionConfigError(
      hopeless.map(({ root, problem }) => `fileSessions: the directory ${root} can hold no sessions (${problem})`),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await this.#sweeper.stop();
  }

  #open(): Promise<void> {
    return (this.#opened ??= this.#membership.assemble());
  }
}

/** No other process, and no other start of this one, has the same. */
function ownBallots(): { next(): string; observe(ballot: string): void } {
  const clock = new BallotClock(randomInt(100));
  const start = randomInt(90_000_000) * 100_000_000 + randomInt(100_000_000);
  return { next: () => clock.next(start), observe: (ballot) => clock.observe(ballot) };
}
