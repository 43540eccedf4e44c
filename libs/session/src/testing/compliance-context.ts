import assert from 'node:assert/strict';
import type { SessionRecord } from '../contracts/record.js';
import type { Guarantees, SaveResult, SessionRepository } from '../contracts/repository.js';
import type { ComplianceStore } from './compliance-case.js';
import { type Expectations, expectationsOf } from './expectations.js';
import { type Choice, type HeldSession, newRecord, nextWrite } from './sample-session.js';
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

  /** A session that server `a` has stored. */
  async create(choice: Choice = {}): Promise<HeldSession> {
    const record = newRecord(choice);
    return this.accepted(record, await this.a.save(record));
  }

  /** The session after a save that has to succeed. */
  async save(at: SessionRepository, held: HeldSession, choice: Choice = {}): Promise<HeldSession> {
    const record = nextWrite(held, choice);
    return this.accepted(record, await at.save(record));
  }

  /** The session after a touch that has to succeed and move the deadline. */
  async touch(at: SessionRepository, held: HeldSession, expiresAt: number): Promise<HeldSession> {
    const { token, version } = saved(await at.touch(held.record, expiresAt));
    assert.equal(version, held.record.version, 'a touch changed the version');
    return { token, record: { ...held.record, expiresAt } };
  }

  /** The session that an accepted write stands for; its version is one more than that it was made from. */
  accepted(record: SessionRecord, result: SaveResult): HeldSession {
    const { token, version } = saved(result);
    assert.equal(version, record.version + 1, 'the version did not grow by one');
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

  /** Both servers return exactly this session. */
  async assertStored(held: HeldSession): Promise<void> {
    for (const server of [this.a, this.b]) assert.deepEqual({ ...(await this.load(server, held)) }, held.record);
  }

  /** Both servers refuse the sessions as soon as the guarantees say; they have been destroyed just now. */
  async assertRevoked(...destroyed: HeldSession[]): Promise<void> {
    const { revocation } = this.guarantees;
    const destroyedAt = Date.now();
    for (const { token, record } of destroyed) {
      for (const server of [this.a, this.b]) {
        if (revocation === 'immediate') {
          assert.equal(await server.load(token), null, 'a destroyed session was returned');
        } else if (revocation === 'at-expiry') {
          await this.assertNothingNewer(server, token, record);
        } else {
          await refusedAfter(destroyedAt + revocation.withinMs + this.expiryResolutionMs, () => server.load(token));
        }
      }
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

  /** What cannot be revoked may still be returned, but not with anything that was written after it. */
  private async assertNothingNewer(at: SessionRepository, token: string, { version }: SessionRecord): Promise<void> {
    const loaded = await at.load(token);
    if (loaded === null) return;
    assert.ok(!('rejected' in loaded) && loaded.version <= version, 'a destroyed session lived on');
  }
}

/** Narrows an answer that has to be `saved`. */
export function saved(result: SaveResult): Extract<SaveResult, { status: 'saved' }> {
  assert.ok(result.status === 'saved', `a write that had to be saved was answered '${result.status}'`);
  return result;
}

/** The answer is one of those that the guarantees allow. */
export function assertAnswer<T extends string>(answer: T, allowed: readonly T[]): void {
  assert.ok(allowed.includes(answer), `the answer was '${answer}', allowed is ${allowed.join(' or ')}`);
}
