import { SessionGoneError, SessionTooLateError } from '../contracts/errors.js';
import type { LoadedRecord, SessionRecord } from '../contracts/record.js';
import { type Announcement, announcementOf } from './announcement.js';
import type { Committed, PayloadChange } from './commit-queue.js';
import { type Identity, newRecord } from './new-record.js';
import { EMPTY_PAYLOAD, NOTHING_STORED, Payload } from './payload.js';
import type { SessionEngine } from './session-engine.js';
import type { WorkBudget } from './work-budget.js';

/** A token with which a client came, of a record that this instance cannot read. */
export interface Unreadable {
  readonly unreadable: string;
}

/** What the store holds of one request's session, every way to alter that, and what the client must be told of it. */
export class StoredSession {
  private current: Committed | undefined;
  private readonly arrived: Committed | undefined;
  /** Others may be able to read it: a login or logout ends it too. */
  private unreadable: string | undefined;
  private headSent = false;

  /**
   * @param ofRequest the time that the request has for all that is done here
   * @param arrived what was found behind the token with which the client came, if anything was
   */
  constructor(
    private readonly engine: SessionEngine,
    private ofRequest: WorkBudget | undefined,
    arrived?: Committed | Unreadable,
  ) {
    if (arrived === undefined) return;
    if ('unreadable' in arrived) this.unreadable = arrived.unreadable;
    else this.current = this.arrived = arrived;
  }

  /** Absent until the session is stored, and again when it was ended. */
  get record(): LoadedRecord | undefined {
    return this.current?.record;
  }

  get token(): string | undefined {
    return this.current?.token;
  }

  /** What is stored, as it is known here. */
  get values(): Payload {
    return this.current === undefined ? NOTHING_STORED : Payload.readAgain(this.current.record.payload);
  }

  get announcement(): Announcement | undefined {
    return announcementOf(this.arrived, this.current);
  }

  /** From now on nothing can be told to the client. */
  closeHead(): void {
    this.headSent = true;
    this.outliveRequest();
  }

  /** From now on no response waits for what is done here: each operation has the time of a whole request. */
  outliveRequest(): void {
    this.ofRequest = undefined;
  }

  private get budget(): WorkBudget {
    return this.ofRequest ?? this.engine.budget();
  }

  /** Throws `SessionTooLateError` when the client can no longer be told of what is about to be done. */
  assertTellable(action: string): void {
    if (this.headSent) throw new SessionTooLateError(action);
  }

  /** The same where every write makes a new token: one that the client is not told of is lost. */
  private assertTokenTellable(action: string): void {
    if (this.engine.store.guarantees.reads === 'client-held') this.assertTellable(action);
  }

  /**
   * Stores a change; a session that holds nothing and never did is not stored at all.
   * @param extend whether this request also extends the session; one that does not costs a load more
   */
  async commit(change: PayloadChange, extend: boolean): Promise<void> {
    if (this.current === undefined) return this.create(change);
    this.assertTokenTellable('A change of a session that the client holds');
    // Others may have moved the deadline since, which leaves the version as it is: to store the one that was loaded would move it back.
    if (!extend) await this.reload();
    const { current } = this;
    const expiresAt = extend ? this.engine.timeouts.deadline(current.record, Date.now()) : undefined;
    this.current = await this.engine.queue.commit(current, change, expiresAt, this.budget);
  }

  /** Stores the session under a new id, as `identity` and `change` make it from the old one, which is dead afterwards. */
  async renew(
    identity: (old: SessionRecord | undefined, now: number) => Identity,
    change: PayloadChange,
  ): Promise<void> {
    await this.endUnreadable();
    const now = Date.now();
    this.current = await this.engine.rotation.replace(
      this.current,
      (old) => newRecord(identity(old, now), change(old?.payload ?? EMPTY_PAYLOAD), this.engine.timeouts, now),
      this.budget,
    );
  }

  /** Whether a request now would extend the session by enough to be worth a store call. */
  get touchDue(): boolean {
    return (
      this.current !== undefined &&
      this.current.record.stale !== true &&
      this.engine.timeouts.touchDue(this.current.record, Date.now())
    );
  }

  /** Moves the deadline; false when the session is gone. */
  async extend(): Promise<boolean> {
    const { current } = this;
    if (current === undefined) return false;
    this.assertTokenTellable('A touch of a session that the client holds');
    const expiresAt = this.engine.timeouts.deadline(current.record, Date.now());
    const result = await this.engine.store.touch(current.record, expiresAt, this.budget);
    if (result.status !== 'saved') return false;
    // A save or a logout that was made meanwhile knows better.
    if (this.current !== current) return true;
    // The version stays: what others saved meanwhile has not been seen here.
    this.current = {
      record: { ...current.record, expiresAt: Math.max(expiresAt, current.record.expiresAt) },
      token: result.token,
    };
    return true;
  }

  /** Reads the session again. Throws `SessionGoneError` when it is no longer there. */
  async reload(): Promise<void> {
    if (this.current === undefined) return;
    const { token, record } = this.current;
    const found = await this.engine.store.load(token, record.version, this.budget);
    if (found === null || 'rejected' in found || 'rejected' in this.engine.codec.read(found.payload)) throw this.gone();
    this.current = { record: found, token };
  }

  /** Ends the session everywhere. */
  async end(): Promise<void> {
    await this.endUnreadable();
    if (this.current !== undefined) await this.engine.store.destroy(this.current.token, undefined, this.budget);
    this.current = undefined;
  }

  /** The error of a request whose session was ended by somebody. */
  gone(): SessionGoneError {
    return new SessionGoneError((this.current ?? this.arrived)?.record.principal !== undefined);
  }

  private async endUnreadable(): Promise<void> {
    if (this.unreadable === undefined) return;
    await this.engine.store.destroy(this.unreadable, undefined, this.budget);
    this.unreadable = undefined;
  }

  private async create(change: PayloadChange): Promise<void> {
    const payload = change(EMPTY_PAYLOAD);
    if (payload === EMPTY_PAYLOAD) return;
    this.assertTellable('A new session');
    const now = Date.now();
    const record = newRecord({ createdAt: now }, payload, this.engine.timeouts, now);
    this.current = await this.engine.rotation.create(record, this.budget);
  }
}
