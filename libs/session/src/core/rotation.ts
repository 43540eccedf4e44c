import { setImmediate } from 'node:timers/promises';
import { SessionConflictError, SessionGoneError, SessionStoreError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import { newSessionId, newWriteId } from '../contracts/session-id.js';
import { ATTEMPTS, backOff } from './back-off.js';
import type { Committed } from './commit-queue.js';
import type { StoreAccess } from './store-access.js';
import type { WorkBudget } from './work-budget.js';

const CLEAN_UP_MS = 1_000;

/** How many ids a creation tries: of a hundred places it nearly always finds the one that lives. What a refusal costs in time is the request's. */
const DRAWS = 1_000;
/** Refusals may cost no time at all; others have their turn after so many. */
const DRAWS_IN_A_ROW = 16;

/** The new record, version 0, made from what the old one held when it was copied; without an old one, from nothing. */
export type Successor = (old: SessionRecord | undefined) => SessionRecord;

/** Gives a session a new id: the new record is stored first, then the old one is destroyed at exactly the version that was copied. */
export class Rotation {
  constructor(private readonly store: StoreAccess) {}

  /**
   * Resolves when the new record is stored and the old one is dead. Changes that others made meanwhile are carried over.
   * Rejects with `SessionGoneError` when the old session was ended by somebody else, and then, as with every failure to end the old
   * one, the new one is removed. A new record whose own save ran out of time may be there until its deadline: nobody was told its token.
   */
  async replace(old: Committed | undefined, successor: Successor, budget: WorkBudget): Promise<Committed> {
    const created = await this.create(successor(old?.record), budget);
    if (old === undefined) return created;
    try {
      return await this.retire(old, created, successor, budget);
    } catch (error) {
      await this.remove(created, budget);
      throw error;
    }
  }

  /** Stores a record for the first time; under another id as long as the repository asks for one and the request has time. */
  async create(record: SessionRecord, budget: WorkBudget): Promise<Committed> {
    for (let draw = 1; draw <= DRAWS; draw += 1) {
      const candidate = draw === 1 ? record : { ...record, id: newSessionId(), writeId: newWriteId() };
      const result = await this.store.save(candidate, budget);
      if (result.status === 'saved') return { record: { ...candidate, version: result.version }, token: result.token };
      // Its absolute deadline has passed meanwhile.
      if (result.status === 'gone') throw new SessionGoneError(record.principal !== undefined);
      if (draw % DRAWS_IN_A_ROW === 0) await setImmediate();
    }
    throw new SessionStoreError('it takes no new session');
  }

  /** Takes as long as it takes, but lets the request wait no longer than it has time. */
  private async remove({ token }: Committed, budget: WorkBudget): Promise<void> {
    const removed = this.store.destroy(token, undefined, this.store.budget(CLEAN_UP_MS));
    await budget.spend(removed, CLEAN_UP_MS, () => new SessionStoreError('cleaning up goes on')).catch(() => undefined);
  }

  private async retire(
    old: Committed,
    created: Committed,
    successor: Successor,
    budget: WorkBudget,
  ): Promise<Committed> {
    let copied = old.record;
    let stored = created;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const outcome = await this.store.destroy(old.token, copied.version, budget);
      if (outcome === 'destroyed') return stored;
      if (outcome === 'gone') throw new SessionGoneError(copied.principal !== undefined);
      await backOff(attempt, budget);
      copied = await this.reload(old.token, copied, budget);
      stored = await this.carryOver(stored, successor(copied), budget);
    }
    throw new SessionConflictError(ATTEMPTS);
  }

  private async reload(token: string, known: SessionRecord, budget: WorkBudget): Promise<SessionRecord> {
    const found = await this.store.load(token, known.version + 1, budget);
    if (found === null || 'rejected' in found) throw new SessionGoneError(known.principal !== undefined);
    return found;
  }

  private async carryOver(stored: Committed, fresh: SessionRecord, budget: WorkBudget): Promise<Committed> {
    const record = { ...stored.record, payload: fresh.payload, writeId: newWriteId() };
    const result = await this.store.save(record, budget);
    if (result.status !== 'saved') throw new SessionGoneError(record.principal !== undefined);
    return { record: { ...record, version: result.version }, token: result.token };
  }
}
