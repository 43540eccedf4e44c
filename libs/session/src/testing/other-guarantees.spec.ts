import { describe, it } from 'vitest';
import type { SessionRecord } from '../contracts/record.js';
import type { Guarantees, SaveResult } from '../contracts/repository.js';
import { MemorySessionRepository } from '../memory/index.js';
import { sessionRepositoryCompliance } from './index.js';
import { type Revocations, SignedTokenRepository } from './signed-token.repository.fixture.js';
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

sessionRepositoryCompliance(runner, 'A store where the last write wins', () => {
  const a = new LastWriteWins();
  return { a, b: a };
});

sessionRepositoryCompliance(runner, 'A token that cannot be revoked', () => ({
  a: new SignedTokenRepository('at-expiry'),
  b: new SignedTokenRepository('at-expiry'),
}));

sessionRepositoryCompliance(runner, 'A token with a list of revocations', () => {
  const revoked = new Set<string>();
  return { a: new SignedTokenRepository('immediate', revoked), b: new SignedTokenRepository('immediate', revoked) };
});

sessionRepositoryCompliance(runner, 'A token with a list of revocations that is copied now and then', () => {
  const shared = new Map<string, number>();
  const server = () => new SignedTokenRepository({ withinMs: 30 }, new LateRevocations(shared, 30));
  return { a: server(), b: server() };
});

sessionRepositoryCompliance(runner, 'A store that counts deadlines in steps, and says so,', () => ({
  ...atBothServers(new ReplaceableRepository({ isLive: (record) => record.expiresAt + 40 > Date.now() })),
  expiryResolutionMs: 40,
}));
