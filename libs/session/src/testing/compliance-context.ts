import assert from 'node:assert/strict';
import type { SessionRecord } from '../contracts/record.js';
import type { Guarantees, SaveResult, SessionRepository } from '../contracts/repository.js';
import type { ComplianceStore } from './compliance-case.js';
import { type Expectations, expectationsOf } from './expectations.js';
import { type HeldSession, newRecord, nextWrite, type RecordChoice } from './sample-session.js';
import { refusedAfter } from './waiting.js';

/** What a case works with: two servers over one store, and what their guarantees let it expect. */
export class ComplianceContext {
  readonly a: SessionRepository;
  readonly b: SessionRepository;
  readonly guarantees: Guarantees;
  readonly expected: Expectations;
  readonly expiryResolutionMs: number;

  constructor({ a, b, expiryResolutionMs = 0 }: ComplianceStore) {
    this.a = a;
    this.b = b;
    this.guarantees = a.guarantees;
    this.expected = expectationsOf(a.guarantees);
    this.expiryResolutionMs = expiryResolutionMs;
  }

  /** Whether the store holds the session, and the token only names it. */
  get isStored(): boolean {
    return this.guarantees.reads !== 'client-held';
  }

  /** Whether a save replaces only the version that it was made from. */
  get comparesVersions(): boolean {
    return this.guarantees.concurrency === 'compare-and-set';
  }

  /** A session that server `a` has stored. */
  async create(choice: RecordChoice = {}): Promise<HeldSession> {
    const record = newRecord(choice);
    return this.accepted(record, await this.a.save(record));
  }

  /** The session after a save that has to succeed. */
  async save(at: SessionRepository, held: HeldSession, choice: RecordChoice = {}): Promise<HeldSession> {
    const record = nextWrite(held, choice);
    return this.accepted(record, await at.save(record));
  }

  /** The session after a touch that has to succeed and move the deadline. */
  async touch(at: SessionRepository, held: HeldSession, expiresAt: number): Promise<HeldSession> {
    const { token, version } = saved(await at.touch(held.record, expiresAt));
    assert.equal(version, held.record.version, 'a touch changed the version');
    return { token, record: { ...held.record, expiresAt } };
  }

  /** The session after a write that had to be accepted, one version above the one that it was made from. */
  accepted(record: SessionRecord, result: SaveResult): HeldSession {
    const { token, version } = saved(result);
    // Where the last write wins, a save may have replaced a later version than the one it was made from.
    if (this.comparesVersions) assert.equal(version, record.version + 1, 'the version did not grow by one');
    return { token, record: { ...record, version } };
  }

  /** The record behind a session's token, as fresh as the guarantees say; it has to be there. */
  async load(at: SessionRepository, { token, record }: HeldSession): Promise<SessionRecord> {
    const loaded = await (this.guarantees.reads === 'read-your-writes'
      ? at.load(token, record.version)
      : at.load(token));
    assert.ok(loaded !== null, 'a live session was not returned');
    assert.ok(!('rejected' in loaded), 'a live session was answered as a rejected record');
    return loaded;
  }

  /**
   * Both servers return exactly this session. A touch makes no version that one could ask for, so that a copy may still
   * show one of the deadlines from before it.
   */
  async assertStored({ token, record }: HeldSession, ...deadlinesBefore: number[]): Promise<void> {
    const deadlines = [record.expiresAt, ...(this.guarantees.reads === 'read-your-writes' ? deadlinesBefore : [])];
    for (const server of [this.a, this.b]) {
      const loaded = await this.load(server, { token, record });
      const expiresAt = deadlines.includes(loaded.expiresAt) ? loaded.expiresAt : record.expiresAt;
      assert.deepEqual({ ...loaded }, { ...record, expiresAt });
    }
  }

  /** Both servers return some version of this session, whatever copies they read from. */
  async assertAlive({ token }: HeldSession): Promise<void> {
    for (const server of [this.a, this.b]) {
      assert.ok((await server.load(token)) !== null, 'a live session was not returned without asking for a version');
    }
  }

  /**
   * Both servers refuse the tokens of sessions destroyed just now, as soon as the guarantees say. What cannot be revoked
   * is left to its deadline, which has cases of its own.
   */
  async assertRevoked(...tokens: string[]): Promise<void> {
    const { revocation } = this.guarantees;
    if (revocation === 'at-expiry') return;
    const latest = Date.now() + (revocation === 'immediate' ? -1 : revocation.withinMs);
    for (const token of tokens) {
      for (const server of [this.a, this.b]) await refusedAfter(latest, () => server.load(token));
    }
  }

  /** Both servers refuse the session as soon as its deadline has passed. */
  async assertExpires(held: HeldSession): Promise<void> {
    for (const server of [this.a, this.b]) {
      await refusedAfter(held.record.expiresAt + this.expiryResolutionMs, () =>
        server.load(held.token, held.record.version),
      );
    }
  }
}

/** Narrows an answer that has to be `saved`. */
export function saved(result: SaveResult): Extract<SaveResult, { status: 'saved' }> {
  assert.ok(result.status === 'saved', `a write that had to be saved was answered '${result.status}'`);
  return result;
}

/** The tokens of those writes that were accepted. */
export function tokensOf(results: readonly SaveResult[]): string[] {
  return results.flatMap((result) => (result.status === 'saved' ? [result.token] : []));
}

/** The answer is one of those that the guarantees allow. */
export function assertAnswer<T extends string>(answer: T, allowed: readonly T[]): void {
  assert.ok(allowed.includes(answer), `the answer was '${answer}', allowed is ${allowed.join(' or ')}`);
}
