import { startMemcached, startRedis, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionStoreError } from '../contracts/errors.js';
import type { LoadedRecord, SessionRecord } from '../contracts/record.js';
import type { SessionRepository } from '../contracts/repository.js';
import { memcachedSessions } from '../memcached/index.js';
import { MemorySessionRepository, memorySessions } from '../memory/index.js';
import { redisSessions } from '../redis/index.js';
import { laggingSessions, sessionRepositoryCompliance } from '../testing/index.js';
import { newRecord, nextWrite, payloadOf } from '../testing/sample-session.js';
import { clockPasses } from '../testing/waiting.js';
import { encodeNote } from './front-note.js';
import { type TieredSessionsOptions, tieredSessions } from './index.js';
import { WatchedRepository } from './watched.repository.fixture.js';

sessionRepositoryCompliance({ describe, it }, 'Memory in front of memory', () => {
  const [front, behind] = [memorySessions(), memorySessions()];
  return { a: tieredSessions({ front, behind }), b: tieredSessions({ front, behind }) };
});

sessionRepositoryCompliance({ describe, it }, 'Memory in front of memory, never fresh,', () => {
  const [front, behind] = [memorySessions(), memorySessions()];
  const options = { front, behind, freshForMs: 1 };
  return { a: tieredSessions(options), b: tieredSessions(options) };
});

describe('with servers', () => {
  const servers: ThrowawayServer[] = [];
  let stores = 0;
  beforeAll(async () => {
    servers.push(...(await Promise.all([startMemcached(), startRedis()])));
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  sessionRepositoryCompliance({ describe, it }, 'Memcached in front of Redis', () => {
    const prefix = `tiered-${stores++}:`;
    const [memcached, redis] = servers as [ThrowawayServer, ThrowawayServer];
    const server = (): SessionRepository =>
      tieredSessions({
        front: memcachedSessions(memcached.url, { prefix }),
        behind: redisSessions(redis.url, { prefix }),
        frontTimeoutMs: 2_000,
      });
    return { a: server(), b: server(), expiryResolutionMs: 500 };
  });
});

/** A session as it is stored after its creation. */
async function create(sessions: SessionRepository, choice?: Parameters<typeof newRecord>[0]): Promise<SessionRecord> {
  const record = newRecord(choice);
  expect(await sessions.save(record)).toMatchObject({ status: 'saved' });
  return { ...record, version: 1 };
}

function update(record: SessionRecord, data: unknown = 'changed'): SessionRecord {
  return nextWrite({ token: record.id, record }, { payload: payloadOf(data) });
}

describe('two tiers of sessions', () => {
  let front: WatchedRepository;
  let behind: WatchedRepository;
  let a: SessionRepository;
  let b: SessionRepository;
  function instances(options: Partial<TieredSessionsOptions> = {}): void {
    front = new WatchedRepository(memorySessions());
    behind = new WatchedRepository(memorySessions());
    a = tieredSessions({ front, behind, freshForMs: 60_000, frontTimeoutMs: 5_000, ...options });
    b = tieredSessions({ front, behind, freshForMs: 60_000, frontTimeoutMs: 5_000, ...options });
  }
  beforeEach(() => instances());
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Puts a copy there as an instance with another clock would have. */
  async function standInFront(record: SessionRecord, readAt: number): Promise<void> {
    const { id } = record;
    const answer = await front.save(newRecord({ id, payload: encodeNote({ kind: 'copy', record, readAt }) }));
    expect(answer.status).toBe('saved');
  }

  it('read from the front what any instance has written or read', async () => {
    const record = await create(a);
    behind.calls.length = 0;
    expect(await b.load(record.id)).toEqual(record);
    expect(await b.load(record.id, 1)).toEqual(record);
    await a.save(update(record));
    await a.touch(record, record.expiresAt + 60_000);
    behind.calls.length = 0;
    front.calls.length = 0;
    expect(await b.load(record.id, 2)).toMatchObject({ version: 2, expiresAt: record.expiresAt + 60_000 });
    expect([behind.calls, front.calls]).toEqual([[], ['load']]);
  });

  it('fill the front from behind with what was not there', async () => {
    const record = newRecord();
    await behind.save(record);
    expect(await a.load(record.id)).toEqual({ ...record, version: 1 });
    await vi.waitFor(() => expect(front.calls).toContain('save'));
    behind.calls.length = 0;
    expect(await b.load(record.id)).toEqual({ ...record, version: 1 });
    expect(behind.calls).toEqual([]);
  });

  it('ask behind for a later version than the copy has', async () => {
    const record = await create(a);
    await behind.save(update(record));
    expect(await a.load(record.id, 1)).toMatchObject({ version: 1 });
    expect(await a.load(record.id, 2)).toMatchObject({ version: 2 });
    expect(await b.load(record.id)).toMatchObject({ version: 2 });
  });

  it('show nobody a state older than their own when the one behind reads from copies that lag', async () => {
    const store = memorySessions();
    const copies = laggingSessions(store);
    instances({ behind: copies });
    const record = await create(a);
    await copies.load(record.id);
    await store.save(update(record));
    await front.destroy(record.id);
    for (const _ of ['from behind', 'from the copy in front']) {
      expect(await a.load(record.id)).toMatchObject({ version: 1 });
    }
    expect(await a.load(record.id, 2)).toMatchObject({ version: 2 });
  });

  it('pass on that an answer is stale, and put none of these in front', async () => {
    class WithoutItsPrimary extends MemorySessionRepository {
      override async load(token: string): Promise<LoadedRecord | null> {
        const record = await super.load(token);
        return record && { ...record, stale: true };
      }
    }
    instances({ behind: new WithoutItsPrimary() });
    const record = await create(a);
    await front.destroy(record.id);
    front.calls.length = 0;
    for (const _ of ['first', 'second']) expect(await a.load(record.id)).toEqual({ ...record, stale: true });
    expect(front.calls).toEqual(['load', 'load']);
  });

  it('ask behind again when the copy is no longer fresh', async () => {
    instances({ freshForMs: 50 });
    const record = await create(a);
    await behind.save(update(record));
    await clockPasses(Date.now() + 50);
    expect(await b.load(record.id)).toMatchObject({ version: 2 });
  });

  it('never take a copy for proof that a session has ended', async () => {
    const record = newRecord();
    await behind.save(record);
    await standInFront({ ...record, version: 1, expiresAt: Date.now() - 1 }, Date.now());
    expect(await b.load(record.id)).toEqual({ ...record, version: 1 });
  });

  it.each([
    ['too old', -60_001],
    ['from the future', 60_001],
  ])('do not trust a copy whose stamp is %s, whatever the clock of the front says', async (_what, ms) => {
    const record = { ...newRecord(), version: 1 };
    await standInFront(record, Date.now() + ms);
    expect(await b.load(record.id)).toBeNull();
  });

  it('refuse a destroyed session at once, without asking behind', async () => {
    const record = await create(a);
    await b.load(record.id);
    expect(await a.destroy(record.id)).toBe('destroyed');
    behind.calls.length = 0;
    expect(await b.load(record.id)).toBeNull();
    expect(behind.calls).toEqual([]);
  });

  it('do not bring a session back that was destroyed while it was read, at either instance', async () => {
    for (const destroyer of [a, b]) {
      const record = newRecord();
      await behind.save(record);
      const halt = behind.haltNextLoad();
      const reading = a.load(record.id);
      await halt.reached;
      expect(await destroyer.destroy(record.id)).toBe('destroyed');
      front.calls.length = 0;
      halt.proceed();
      // It was asked before the end, and may be answered with what was there.
      expect(await reading).toMatchObject({ version: 1 });
      await vi.waitFor(() => expect(front.calls.filter((call) => call === 'load')).not.toEqual([]));
      for (const server of [a, b]) expect(await server.load(record.id)).toBeNull();
    }
  });

  it('do not bring a session back that was destroyed by an instance whose clock is almost a minute behind', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const now = Date.now();
    instances({ freshForMs: 5_000 });
    const record = newRecord();
    await behind.save(record);
    const halt = behind.haltNextLoad();
    const reading = a.load(record.id);
    await halt.reached;
    vi.setSystemTime(now - 59_000);
    expect(await b.destroy(record.id)).toBe('destroyed');
    vi.setSystemTime(now);
    halt.proceed();
    expect(await reading).toMatchObject({ version: 1 });
    expect(await a.load(record.id)).toBeNull();
  });

  it('do not trust what was read before a destroy for longer than promised when the front has lost the tombstone', async () => {
    instances({ freshForMs: 50 });
    const record = newRecord();
    await behind.save(record);
    const halt = behind.haltNextLoad();
    const reading = a.load(record.id);
    await halt.reached;
    expect(await b.destroy(record.id)).toBe('destroyed');
    await front.destroy(record.id);
    await clockPasses(Date.now() + 50);
    halt.proceed();
    await reading;
    for (const server of [a, b]) expect(await server.load(record.id)).toBeNull();
  });

  it('do not put an older version over a newer one when the older was read slowly', async () => {
    const record = newRecord();
    await behind.save(record);
    const halt = behind.haltNextLoad();
    const reading = a.load(record.id);
    await halt.reached;
    await b.save(update({ ...record, version: 1 }));
    front.calls.length = 0;
    halt.proceed();
    await reading;
    await vi.waitFor(() => expect(front.calls).toEqual(['save', 'load']));
    behind.calls.length = 0;
    expect(await b.load(record.id)).toMatchObject({ version: 2 });
    expect(behind.calls).toEqual([]);
  });

  it('refuse a session that a save has ended', async () => {
    const record = await create(a);
    await a.save({ ...update(record), expiresAt: Date.now() - 1 });
    expect(await b.load(record.id)).toBeNull();
  });

  it('leave a session of another version in front alone when it is destroyed in vain', async () => {
    const record = await create(a);
    await a.save(update(record));
    expect(await b.destroy(record.id, 1)).toBe('conflict');
    expect(await b.load(record.id)).toMatchObject({ version: 2 });
  });

  it('do not wait for a front that says nothing, and after three times do not ask it for a while', async () => {
    instances({ frontTimeoutMs: 20 });
    const record = await create(b);
    for (const _ of [1, 2, 3]) {
      const halt = front.haltNextLoad();
      expect(await a.load(record.id)).toEqual(record);
      halt.proceed();
    }
    expect(behind.calls.filter((call) => call === 'load')).toHaveLength(3);
    front.calls.length = 0;
    for (let n = 0; n < 20; n++) expect(await a.load(record.id)).toEqual(record);
    // On a machine that stands still in between, a probe is due.
    expect(front.calls.length).toBeLessThan(4);
    await vi.waitFor(async () => {
      behind.calls.length = 0;
      await a.load(record.id);
      expect(behind.calls).toEqual([]);
    });
  });

  it('serve a session that is too large for the front from behind', async () => {
    const server = await startMemcached();
    const small = memcachedSessions(server.url, { maxItemBytes: 2_000 });
    const events: unknown[] = [];
    const sessions = tieredSessions({ front: small, behind, frontTimeoutMs: 5_000 });
    sessions.reportTo((event) => events.push(event));
    const record = await create(sessions, { payload: payloadOf('x'.repeat(3_000)) });
    expect(await sessions.load(record.id)).toEqual(record);
    expect(behind.calls).toEqual(['save', 'load']);
    expect(events).toEqual([]);
    await sessions.onApplicationShutdown();
    await server.stop();
  });

  it('leave what is no session behind, and is no note in front, to the one behind', async () => {
    const record = newRecord();
    await front.save(newRecord({ id: record.id, payload: payloadOf('foreign') }));
    await behind.save(record);
    expect(await a.load(record.id)).toEqual({ ...record, version: 1 });
    expect(await a.destroy(record.id)).toBe('destroyed');
    expect(await a.load(record.id)).toBeNull();
  });

  it('answer with the error of the one behind, and nothing is in front then', async () => {
    const down = redisSessions('redis://127.0.0.1:1');
    const sessions = tieredSessions({ front, behind: down });
    const record = newRecord();
    await expect(sessions.save(record)).rejects.toThrow(SessionStoreError);
    await expect(sessions.destroy(record.id)).rejects.toThrow(SessionStoreError);
    expect(front.calls).toEqual([]);
    await expect(sessions.load(record.id)).rejects.toThrow(SessionStoreError);
    expect(await front.load(record.id)).toBeNull();
    await sessions.onApplicationShutdown();
  });

  it('promise what the one behind does, and for a logout what the front may delay', () => {
    expect(tieredSessions({ front, behind }).guarantees).toEqual({
      concurrency: 'compare-and-set',
      reads: 'read-your-writes',
      revocation: { withinMs: 5_000 },
    });
  });
});
