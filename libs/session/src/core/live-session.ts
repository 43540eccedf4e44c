import { SessionGoneError, SessionTooLateError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import { handleOf, newSessionId } from '../contracts/session-id.js';
import type { Committed, PayloadChange } from './commit-queue.js';
import { type Identity, assertPrincipal, newRecord } from './new-record.js';
import { type Changes, EMPTY_PAYLOAD } from './session-data.js';
import type { SessionEngine } from './session-engine.js';
import type { Session, SessionData } from './session.js';
import { Turns } from './turns.js';
import type { WorkBudget } from './work-budget.js';
import { WorkingCopy } from './working-copy.js';

/** What the client must be told with the response: a token and version to present next, or that its token is dead. */
export interface Announcement {
  /** Present when the client must present another token than the one it came with. */
  readonly token?: string;
  /** The stored version, present when it moved. */
  readonly version?: number;
  /** Present when the deadline moved in a way that the client must know. */
  readonly expiresAt?: number;
  /** This request ended the session with which the client came. */
  readonly cleared?: true;
}

/** The session of one request at work: holds the data, decides what a commit has to do, and knows what to tell the client. */
export class LiveSession implements Session {
  private stored: Committed | undefined;
  private readonly copy: WorkingCopy;
  private readonly turns = new Turns();
  private passive = false;
  private ended = false;
  private headSent = false;
  private touched = false;

  constructor(
    private readonly engine: SessionEngine,
    private readonly budget: WorkBudget,
    private readonly arrived?: Committed,
    data?: SessionData,
  ) {
    this.stored = arrived;
    this.copy = new WorkingCopy(engine.codec, data);
  }

  get data(): SessionData {
    return this.copy.data;
  }

  set data(value: SessionData) {
    this.copy.data = value;
  }

  get principal(): string | undefined {
    return this.stored?.record.principal;
  }

  get handle(): string | undefined {
    return this.stored && handleOf(this.stored.record.id);
  }

  get isNew(): boolean {
    return this.stored === undefined;
  }

  get version(): number {
    return this.stored?.record.version ?? 0;
  }

  get createdAt(): number | undefined {
    return this.stored?.record.createdAt;
  }

  get authenticatedAt(): number | undefined {
    return this.stored?.record.authenticatedAt;
  }

  get expiresAt(): number | undefined {
    return this.stored?.record.expiresAt;
  }

  /** What the client must present for this session; absent until it is stored. As secret as a password. */
  get token(): string | undefined {
    return this.stored?.token;
  }

  /** This request extends nothing: it polls, and nobody may be there. */
  onlyLook(): void {
    this.passive = true;
  }

  /** From now on nothing can be told to the client. */
  closeHead(): void {
    this.headSent = true;
  }

  login(principal: string, options: { keep?: boolean } = {}): Promise<void> {
    return this.turns.run(async () => {
      assertPrincipal(principal);
      if (this.headSent) throw new SessionTooLateError('A login');
      const keep = options.keep !== false && (this.principal === undefined || this.principal === principal);
      await this.renew(keep, (old, now) => ({
        createdAt: keep && old !== undefined ? old.createdAt : now,
        authenticatedAt: now,
        principal,
      }));
    });
  }

  regenerate(): Promise<void> {
    return this.turns.run(async () => {
      if (this.stored === undefined) return;
      if (this.headSent) throw new SessionTooLateError('A new session id');
      await this.renew(true, (old) => old as Identity);
    });
  }

  logout(): Promise<void> {
    return this.turns.run(() => this.end());
  }

  destroy(): Promise<void> {
    return this.turns.run(async () => {
      await this.end();
      this.ended = true;
    });
  }

  save(): Promise<void> {
    return this.turns.run(async () => {
      const changes = this.copy.changesSince(this.basePayload);
      if (changes.size > 0) await this.store(changes);
    });
  }

  update<R>(change: (data: SessionData) => R): Promise<R> {
    return this.turns.run(async () => {
      let result: R | undefined;
      await this.store(this.copy.changesSince(this.basePayload), (data) => {
        result = change(data);
        if (!(result instanceof Promise)) return;
        result.catch(() => undefined);
        throw new TypeError('session.update takes a function that is not asynchronous');
      });
      return result as R;
    });
  }

  touch(): Promise<void> {
    return this.turns.run(async () => {
      if (this.stored === undefined) return;
      if (!(await this.extend(this.stored))) throw this.gone();
    });
  }

  reload(): Promise<void> {
    return this.turns.run(async () => {
      if (this.stored === undefined) return this.copy.replace(EMPTY_PAYLOAD);
      const found = await this.engine.store.load(this.stored.token, this.version, this.budget);
      if (found === null || 'rejected' in found || 'rejected' in this.engine.codec.decode(found.payload))
        throw this.gone();
      this.stored = { record: found, token: this.stored.token };
      this.copy.replace(found.payload);
    });
  }

  /**
   * What the response has to wait for; undefined when nothing is to be done, or nothing that the client must know of.
   * @param failed whether the handler failed: then its changes are dropped, and the session stays as it was
   */
  commit(failed: boolean): Promise<void> | undefined {
    if (this.turns.running !== undefined) return this.turns.running.then(() => this.commit(failed));
    if (failed) return undefined;
    return this.unchanged() ? this.touchIfDue() : this.save();
  }

  /** What the client must be told now; undefined when nothing. */
  get announcement(): Announcement | undefined {
    if (this.stored === undefined) return this.arrived && { cleared: true };
    if (this.stored === this.arrived) return undefined;
    const { record, token } = this.stored;
    return {
      ...(token !== this.arrived?.token && { token }),
      ...(record.version !== this.arrived?.record.version && { version: record.version }),
      ...(record.expiresAt !== this.arrived?.record.expiresAt && { expiresAt: record.expiresAt }),
    };
  }

  private touchIfDue(): Promise<void> | undefined {
    const stored = this.stored;
    if (
      stored === undefined ||
      this.passive ||
      this.touched ||
      !this.engine.timeouts.touchDue(stored.record, Date.now())
    )
      return undefined;
    this.touched = true;
    // A touch that fails costs the user nothing now; the store's health tells the operator.
    const touched = this.extend(stored).then(
      () => undefined,
      () => undefined,
    );
    return this.engine.touchReachesClient ? touched : undefined;
  }

  private get basePayload(): string {
    return this.stored?.record.payload ?? EMPTY_PAYLOAD;
  }

  /** The hot path. A value that cannot be stored is for `save` to report. */
  private unchanged(): boolean {
    try {
      return this.copy.changesSince(this.basePayload).size === 0;
    } catch {
      return false;
    }
  }

  private async store(changes: Changes, update?: (data: SessionData) => void): Promise<void> {
    if (this.ended) throw this.gone();
    const submitted = this.copy.encoded();
    const change = this.copy.change(this.basePayload, submitted, changes, update);
    const committed = await (this.stored === undefined
      ? this.create(change)
      : this.engine.queue.commit(this.stored, change, this.deadline(this.stored.record), this.budget));
    if (committed !== undefined) this.adopt(committed, submitted);
  }

  private async create(change: PayloadChange): Promise<Committed | undefined> {
    const payload = change(EMPTY_PAYLOAD);
    if (payload === EMPTY_PAYLOAD) return undefined;
    if (this.headSent) throw new SessionTooLateError('A new session');
    const now = Date.now();
    return this.engine.rotation.create(newRecord({ createdAt: now }, payload, this.engine.timeouts, now), this.budget);
  }

  private async renew(
    keep: boolean,
    identity: (old: SessionRecord | undefined, now: number) => Identity,
  ): Promise<void> {
    const submitted = keep ? this.copy.encoded() : EMPTY_PAYLOAD;
    const change = keep
      ? this.copy.change(this.basePayload, submitted, this.copy.changesSince(this.basePayload))
      : () => EMPTY_PAYLOAD;
    const now = Date.now();
    const id = newSessionId();
    const committed = await this.engine.rotation.replace(
      this.stored,
      (old) => newRecord(identity(old, now), change(old?.payload ?? EMPTY_PAYLOAD), this.engine.timeouts, now, id),
      this.budget,
    );
    this.ended = false;
    if (!keep) this.copy.replace(EMPTY_PAYLOAD);
    this.adopt(committed, submitted);
  }

  private adopt(committed: Committed, submitted: string): void {
    this.stored = committed;
    this.copy.merge(submitted, committed.record.payload);
  }

  private deadline(record: SessionRecord): number {
    return this.passive ? record.expiresAt : this.engine.timeouts.deadline(record, Date.now());
  }

  /** Moves the deadline; false when the session is gone. */
  private async extend(stored: Committed): Promise<boolean> {
    const expiresAt = this.engine.timeouts.deadline(stored.record, Date.now());
    const result = await this.engine.store.touch(stored.record, expiresAt, this.budget);
    if (result.status !== 'saved') return false;
    // The version stays: what others saved meanwhile has not been seen here.
    this.stored = {
      record: { ...stored.record, expiresAt: Math.max(expiresAt, stored.record.expiresAt) },
      token: result.token,
    };
    return true;
  }

  private async end(): Promise<void> {
    if (this.stored !== undefined) await this.engine.store.destroy(this.stored.token, undefined, this.budget);
    this.stored = undefined;
    this.copy.replace(EMPTY_PAYLOAD);
  }

  private gone(): SessionGoneError {
    return new SessionGoneError((this.stored ?? this.arrived)?.record.principal !== undefined);
  }
}
