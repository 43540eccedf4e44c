import {
  SessionConflictError,
  SessionGoneError,
  SessionStoreError,
  SessionTooLargeError,
} from '../contracts/errors.js';
import type { LoadedRecord, SessionRecord } from '../contracts/record.js';
import { PassingMap } from '../contracts/passing-map.js';
import { newWriteId, handleOf } from '../contracts/session-id.js';
import { ATTEMPTS, backOff } from './back-off.js';
import type { SessionEvents } from './session-events.js';
import type { StoreAccess } from './store-access.js';
import type { WorkBudget } from './work-budget.js';

/** A change of a session as a function of its payload. Called again on a newer payload after a conflict; what it throws fails its own request alone. */
export type PayloadChange = (payload: string) => string;

/** What is stored after a commit, and what the client must present next. */
export interface Committed {
  readonly record: LoadedRecord;
  readonly token: string;
}

/** One request's part in a commit. */
interface Participant {
  readonly change: PayloadChange;
  /** The deadline that it asks for; undefined when it leaves it where it is. */
  readonly expiresAt: number | undefined;
  resolve(committed: Committed): void;
  reject(error: Error): void;
}

/** The commits of one session that wait for their turn. */
interface Lane {
  waiting: Participant[];
}

/**
 * Saves changes of stored sessions. The commits of one session inside this process take turns, and those that wait are
 * folded into one save: n parallel requests cost two saves rather than n² attempts. Against other processes compare-and-set
 * decides: on a conflict the newer record is loaded and the changes are applied to that.
 */
export class CommitQueue {
  private readonly lanes = new PassingMap<Lane>();

  constructor(
    private readonly store: StoreAccess,
    private readonly requestTimeoutMs: number,
    private readonly events: SessionEvents,
  ) {}

  /**
   * Resolves when the change is stored, with this deadline; without one, with that which was known to be stored. Rejects with
   * `SessionGoneError`, `SessionConflictError`, `SessionStoreError`, or what the change threw.
   */
  commit(
    base: Committed,
    change: PayloadChange,
    expiresAt: number | undefined,
    budget: WorkBudget,
  ): Promise<Committed> {
    let entry: Participant | undefined;
    const outcome = new Promise<Committed>((resolve, reject) => {
      entry = { change, expiresAt, resolve, reject };
      this.enqueue(base, entry);
    });
    return budget.spend(outcome, Infinity, () => this.giveUp(base.record.id, entry));
  }

  private enqueue(base: Committed, participant: Participant): void {
    const running = this.lanes.get(base.record.id);
    if (running !== undefined) {
      running.waiting.push(participant);
      return;
    }
    const lane: Lane = { waiting: [participant] };
    this.lanes.set(base.record.id, lane);
    void this.run(lane, base);
  }

  private async run(lane: Lane, base: Committed): Promise<void> {
    let known = base;
    while (lane.waiting.length > 0) {
      const batch = lane.waiting;
      lane.waiting = [];
      try {
        known = await this.saveBatch(known, batch);
      } catch (error) {
        // Together they may be too large for the repository, where each alone, or all but one, are not.
        if (error instanceof SessionTooLargeError && batch.length > 1) known = await this.saveEach(known, batch);
        else for (const participant of batch) participant.reject(error as Error);
      }
    }
    this.lanes.delete(base.record.id);
  }

  private async saveEach(known: Committed, batch: readonly Participant[]): Promise<Committed> {
    for (const participant of batch) {
      try {
        known = await this.saveBatch(known, [participant]);
      } catch (error) {
        participant.reject(error as Error);
      }
    }
    return known;
  }

  private async saveBatch(base: Committed, batch: readonly Participant[]): Promise<Committed> {
    const budget = this.store.budget(this.requestTimeoutMs);
    const writeId = newWriteId();
    let known = base;
    let participants = batch;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const { payload, accepted } = fold(known.record.payload, participants);
      // Nothing to change is an answer only about what is stored now: the first attempt knows what was loaded, perhaps long ago.
      const unchanged = payload === known.record.payload;
      if (accepted.length === 0 || (unchanged && attempt > 1)) return settle(accepted, known);
      const { stale: _stale, ...stored } = known.record;
      const expiresAt = Math.max(...accepted.map((participant) => participant.expiresAt ?? stored.expiresAt));
      const record: SessionRecord = { ...stored, writeId, payload, expiresAt };
      const result = await this.store.save(record, budget);
      if (result.status === 'saved') {
        return settle(accepted, { record: { ...record, version: result.version }, token: result.token });
      }
      if (result.status === 'gone') throw new SessionGoneError(record.principal !== undefined);
      this.events.emit('saveConflict', { handle: handleOf(record.id), attempt });
      await backOff(attempt, budget);
      known = await this.reload(known, budget);
      participants = accepted;
    }
    throw new SessionConflictError(ATTEMPTS);
  }

  private async reload(known: Committed, budget: WorkBudget): Promise<Committed> {
    const found = await this.store.load(known.token, known.record.version + 1, budget);
    if (found === null || 'rejected' in found) throw new SessionGoneError(known.record.principal !== undefined);
    return { record: found, token: known.token };
  }

  /** A request out of time: a change that still waits is withdrawn, of one in flight nobody knows. */
  private giveUp(id: string, participant: Participant | undefined): SessionStoreError {
    const waiting = this.lanes.get(id)?.waiting ?? [];
    const place = participant === undefined ? -1 : waiting.indexOf(participant);
    if (place < 0) return new SessionStoreError('the time for session work of this request is spent', 'unknown');
    waiting.splice(place, 1);
    return new SessionStoreError('the time for session work of this request is spent');
  }
}

/** Applies all changes one upon the other; one that fails is rejected alone and leaves no trace. */
function fold(payload: string, batch: readonly Participant[]): { payload: string; accepted: Participant[] } {
  const accepted: Participant[] = [];
  for (const participant of batch) {
    try {
      payload = participant.change(payload);
      accepted.push(participant);
    } catch (error) {
      participant.reject(error as Error);
    }
  }
  return { payload, accepted };
}

function settle(accepted: readonly Participant[], committed: Committed): Committed {
  for (const participant of accepted) participant.resolve(committed);
  return committed;
}
