import { handleOf } from '../contracts/session-id.js';
import type { Announcement } from './announcement.js';
import { type Identity, assertPrincipal } from './new-record.js';
import { type Changes, EMPTY_PAYLOAD, NO_CHANGES, NOTHING_STORED, type Payload } from './payload.js';
import type { SessionEngine } from './session-engine.js';
import type { Session, SessionData } from './session.js';
import type { StoredSession } from './stored-session.js';
import { Turns } from './turns.js';
import { WorkingCopy } from './working-copy.js';

/** The session of one request at work: the data that a handler alters, and the decision what a commit has to do about it. */
export class LiveSession implements Session {
  private copy: WorkingCopy;
  private readonly turns = new Turns();
  private passive = false;
  private ended = false;
  private touched = false;

  constructor(
    private readonly engine: SessionEngine,
    private readonly stored: StoredSession,
    values: Payload = NOTHING_STORED,
  ) {
    this.copy = new WorkingCopy(values, () => this.engine.reportDamaged(this.token));
  }

  get data(): SessionData {
    return this.copy.data;
  }

  set data(value: SessionData) {
    this.copy = this.copy.withData(value);
  }

  get principal(): string | undefined {
    return this.stored.record?.principal;
  }

  get handle(): string | undefined {
    return this.stored.record && handleOf(this.stored.record.id);
  }

  get isNew(): boolean {
    return this.stored.record === undefined;
  }

  get version(): number {
    return this.stored.record?.version ?? 0;
  }

  get stale(): boolean {
    return this.stored.record?.stale === true;
  }

  get createdAt(): number | undefined {
    return this.stored.record?.createdAt;
  }

  get authenticatedAt(): number | undefined {
    return this.stored.record?.authenticatedAt;
  }

  get expiresAt(): number | undefined {
    return this.stored.record?.expiresAt;
  }

  /** What the client must present for this session; absent until it is stored. As secret as a password. */
  get token(): string | undefined {
    return this.stored.token;
  }

  /** What the client must be told now; undefined when nothing. */
  get announcement(): Announcement | undefined {
    return this.stored.announcement;
  }

  /** This request extends nothing: it polls, and nobody may be there. */
  onlyLook(): void {
    this.passive = true;
  }

  /** From now on nothing can be told to the client. */
  closeHead(): void {
    this.stored.closeHead();
  }

  /** From now on no response waits for what is done with this session: each operation has the time of a whole request. */
  outliveRequest(): void {
    this.stored.outliveRequest();
  }

  login(principal: string, options: { keep?: boolean } = {}): Promise<void> {
    return this.turns.run(async () => {
      assertPrincipal(principal);
      this.stored.assertTellable('A login');
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
      if (this.isNew) return;
      this.stored.assertTellable('A new session id');
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
      const changes = this.copy.changes();
      if (changes.size > 0) await this.store(changes);
    });
  }

  update<R>(change: (data: SessionData) => R): Promise<R> {
    return this.turns.run(async () => {
      let result: R | undefined;
      await this.store(this.copy.changes(), (data) => {
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
      if (!this.isNew && !(await this.stored.extend())) throw this.stored.gone();
    });
  }

  reload(): Promise<void> {
    return this.turns.run(async () => {
      await this.stored.reload();
      this.copy.reset(this.stored.values);
    });
  }

  /**
   * What the response has to wait for; undefined when nothing is to be done, or nothing that the client must know of.
   * @param failed whether the handler failed: then its changes are dropped, and the session stays as it was
   */
  commit(failed: boolean): Promise<void> | undefined {
    if (this.turns.running !== undefined) return this.turns.running.then(() => this.commit(failed));
    if (failed) return undefined;
    const changes = this.changes();
    if (changes === undefined) return this.save();
    return changes.size === 0 ? this.touchIfDue() : this.turns.run(() => this.store(changes));
  }

  private touchIfDue(): Promise<void> | undefined {
    if (this.passive || this.touched || !this.stored.touchDue) return undefined;
    this.touched = true;
    // A touch that fails costs the user nothing now; the store's health tells the operator.
    const touched = this.stored.extend().then(
      () => undefined,
      () => undefined,
    );
    return this.engine.touchReachesClient ? touched : undefined;
  }

  /** The hot path. Undefined where a value cannot be stored, which is for `save` to report. */
  private changes(): Changes | undefined {
    try {
      return this.copy.changes();
    } catch {
      return undefined;
    }
  }

  private async store(changes: Changes, update?: (data: SessionData) => void): Promise<void> {
    if (this.ended) throw this.stored.gone();
    await this.stored.commit((payload) => this.engine.codec.changed(payload, changes, update), !this.passive);
    this.copy.rebase(this.stored.values, changes);
  }

  private async renew(keep: boolean, identity: Parameters<StoredSession['renew']>[0]): Promise<void> {
    const changes = keep ? this.copy.changes() : NO_CHANGES;
    await this.stored.renew(identity, (old) => (keep ? this.engine.codec.changed(old, changes) : EMPTY_PAYLOAD));
    this.ended = false;
    if (keep) this.copy.rebase(this.stored.values, changes);
    else this.copy.reset(this.stored.values);
  }

  private async end(): Promise<void> {
    await this.stored.end();
    this.copy.reset(NOTHING_STORED);
  }
}
