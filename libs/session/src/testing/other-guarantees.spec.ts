import { createHmac, randomUUID } from 'node:crypto';
import { describe, it } from 'vitest';
import type { SessionRecord } from '../contracts/record.js';
import { type DestroyResult, type Guarantees, type SaveResult, SessionRepository } from '../contracts/repository.js';
import { MemorySessionRepository } from '../memory/index.js';
import { sessionRepositoryCompliance } from './index.js';
import { ReplaceableRepository } from './wrong/replaceable.repository.fixture.js';
import { atBothServers } from './wrong/wrong-repository.fixture.js';

/** Correct, and the last write wins: a save replaces whatever version is stored. */
class LastWriteWins extends MemorySessionRepository {
  override readonly guarantees: Guarantees = {
    concurrency: 'last-write-wins',
    reads: 'latest',
    revocation: 'immediate',
  };

  override async save(record: SessionRecord): Promise<SaveResult> {
    const result = await super.save(record);
    const stored = await this.load(record.id);
    if (result.status !== 'conflict' || record.version === 0 || stored === null) return result;
    return super.save({ ...record, version: stored.version });
  }
}

/** The ids that were destroyed, as one server knows them. */
interface Revocations {
  add(id: string): void;
  has(id: string): boolean;
}

/** Correct, and held by the client: the token is the signed record. It can be revoked where a list of ids is kept. */
class SignedToken extends SessionRepository {
  constructor(
    readonly guarantees: Guarantees,
    private readonly revoked?: Revocations,
  ) {
    super();
  }

  async load(token: string): Promise<SessionRecord | null> {
    const [body = '', seal] = token.split('.');
    if (seal !== sealOf(body) || token !== `${body}.${seal}`) return null;
    const record: SessionRecord = JSON.parse(Buffer.from(body, 'base64url').toString()).record;
    return record.expiresAt <= Date.now() || this.revoked?.has(record.id) ? null : record;
  }

  async save(record: SessionRecord): Promise<SaveResult> {
    return this.issue({ ...record, version: record.version + 1 });
  }

  async touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    if (record.expiresAt <= Date.now()) return { status: 'gone' };
    return this.issue({ ...record, expiresAt: Math.max(record.expiresAt, expiresAt) });
  }

  async destroy(token: string, version?: number): Promise<DestroyResult> {
    const record = await this.load(token);
    if (record === null) return 'gone';
    if (version !== undefined && version !== record.version) return 'conflict';
    this.revoked?.add(record.id);
    return 'destroyed';
  }

  private issue(record: SessionRecord): SaveResult {
    if (this.revoked?.has(record.id)) return { status: 'gone' };
    const body = Buffer.from(JSON.stringify({ record, salt: randomUUID() })).toString('base64url');
    return { status: 'saved', token: `${body}.${sealOf(body)}`, version: record.version };
  }
}

function sealOf(body: string): string {
  return createHmac('sha256', 'a secret for this test').update(body).digest('base64url');
}

/** Hears of what other servers have revoked only after some time. */
class LateRevocations implements Revocations {
  private readonly own = new Set<string>();

  constructor(
    private readonly shared: Map<string, number>,
    private readonly delayMs: number,
  ) {}

  add(id: string): void {
    this.own.add(id);
    this.shared.set(id, Date.now());
  }

  has(id: string): boolean {
    return this.own.has(id) || (this.shared.get(id) ?? Infinity) + this.delayMs <= Date.now();
  }
}

/** Every test has a store of its own, so they may run at the same time. */
const runner = { describe, it: it.concurrent };
const CLIENT_HELD = { concurrency: 'last-write-wins', reads: 'client-held' } as const;

sessionRepositoryCompliance(runner, 'A store where the last write wins', () => {
  const a = new LastWriteWins();
  return { a, b: a };
});

sessionRepositoryCompliance(runner, 'A token that cannot be revoked', () => {
  const guarantees: Guarantees = { ...CLIENT_HELD, revocation: 'at-expiry' };
  return { a: new SignedToken(guarantees), b: new SignedToken(guarantees) };
});

sessionRepositoryCompliance(runner, 'A token with a list of revocations', () => {
  const revoked = new Set<string>();
  const server = () => new SignedToken({ ...CLIENT_HELD, revocation: 'immediate' }, revoked);
  return { a: server(), b: server() };
});

sessionRepositoryCompliance(runner, 'A token with a list of revocations that is copied now and then', () => {
  const shared = new Map<string, number>();
  const server = () =>
    new SignedToken({ ...CLIENT_HELD, revocation: { withinMs: 30 } }, new LateRevocations(shared, 30));
  return { a: server(), b: server() };
});

sessionRepositoryCompliance(runner, 'A store that counts deadlines in steps, and says so,', () => ({
  ...atBothServers(new ReplaceableRepository({ isLive: (record) => record.expiresAt + 40 > Date.now() })),
  expiryResolutionMs: 40,
}));
