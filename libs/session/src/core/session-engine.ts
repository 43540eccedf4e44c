import type { SessionRepository } from '../contracts/repository.js';
import { isReporting, type RepositoryListener } from '../contracts/repository-events.js';
import { CommitQueue } from './commit-queue.js';
import { type DataRules, PayloadCodec } from './payload-codec.js';
import { LiveSession } from './live-session.js';
import { Rejections } from './rejections.js';
import { Rotation } from './rotation.js';
import type { RejectionReason, SessionEvents } from './session-events.js';
import { StoreAccess } from './store-access.js';
import { StoredSession } from './stored-session.js';
import { Timeouts } from './timeouts.js';
import type { WorkBudget } from './work-budget.js';

/** What the engine must be told. All times in milliseconds. */
export interface EngineOptions {
  readonly idleTimeout: number;
  readonly absoluteTimeout: number;
  readonly touchAfter: number;
  readonly timeout: { readonly command: number; readonly request: number };
  readonly maxBytes: number;
  readonly dataRules?: DataRules;
  /** Whether the client must be told of a touch, as with cookies that carry a lifetime. */
  readonly announceTouch: boolean;
}

/** Opens sessions. Knows nothing of HTTP: a token comes in, and a session tells afterwards what the client must present next. */
export class SessionEngine {
  readonly store: StoreAccess;
  readonly codec: PayloadCodec;
  readonly timeouts: Timeouts;
  readonly queue: CommitQueue;
  readonly rotation: Rotation;
  private readonly rejections: Rejections;

  constructor(
    repository: SessionRepository,
    readonly options: EngineOptions,
    readonly events: SessionEvents,
  ) {
    this.store = new StoreAccess(repository, options.timeout.command, events);
    this.codec = new PayloadCodec(options.maxBytes, options.dataRules);
    this.timeouts = new Timeouts(options.idleTimeout, options.absoluteTimeout, options.touchAfter);
    this.queue = new CommitQueue(this.store, options.timeout.request, events);
    this.rotation = new Rotation(this.store);
    this.rejections = new Rejections(events);
    if (isReporting(repository)) repository.reportTo(events.emit.bind(events) as RepositoryListener);
  }

  /** Whether a touch must reach the client with the response: a new token, or a cookie whose lifetime moves. */
  get touchReachesClient(): boolean {
    return this.options.announceTouch || this.store.guarantees.reads === 'client-held';
  }

  /** A session that is not stored, and will not be before something is written into it. */
  anonymous(): LiveSession {
    return new LiveSession(this, new StoredSession(this, this.budget()));
  }

  /** The time of one request. */
  budget(): WorkBudget {
    return this.store.budget(this.options.timeout.request);
  }

  /**
   * The session behind a token; an anonymous one when there is none. Loading creates nothing and adopts no id.
   * @param presented the version that the client has seen, if it brought one: nothing older is answered
   */
  async open(token: string, presented?: number): Promise<LiveSession> {
    const budget = this.budget();
    const record = await this.store.load(token, presented, budget);
    if (record === null) return new LiveSession(this, new StoredSession(this, budget));
    const values = 'rejected' in record ? record : this.codec.read(record.payload);
    if ('rejected' in record || 'rejected' in values) {
      this.rejections.report(token, (values as { rejected: RejectionReason }).rejected);
      return new LiveSession(this, new StoredSession(this, budget, { unreadable: token }));
    }
    if (this.timeouts.isOver(record, Date.now())) return new LiveSession(this, new StoredSession(this, budget));
    if (presented !== undefined && record.version < presented) this.rejections.reportRollback(record, presented);
    return new LiveSession(this, new StoredSession(this, budget, { record, token }), values);
  }

  /** A value of this session was looked at, and is not what was stored. Reported as a record that is no session, once. */
  reportDamaged(token: string | undefined): void {
    if (token !== undefined) this.rejections.report(token, 'malformed');
  }

  /** Whether the store answers, asked with a read of an id that nobody has. Rejects with `SessionStoreError`. */
  async probe(token: string): Promise<void> {
    await this.store.probe(token, this.store.budget(this.options.timeout.command));
  }
}
