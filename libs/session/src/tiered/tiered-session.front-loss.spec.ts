import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { FaultProxy, startMariadb, startMemcached, startRedis, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionRecord } from '../contracts/record.js';
import type { SessionRepository } from '../contracts/repository.js';
import { fileSessions } from '../files/index.js';
import { memcachedSessions } from '../memcached/index.js';
import { redisSessions } from '../redis/index.js';
import { newRecord, nextWrite, payloadOf } from '../testing/sample-session.js';
import { typeormSessions } from '../typeorm/index.js';
import { type TieredSessionRepository, tieredSessions } from './index.js';

/** How soon they answer on a busy machine is not the subject. */
const PATIENT_MS = 5_000;

/** What stands behind memcached: a line for each. */
const BEHIND: readonly {
  name: string;
  start: () => Promise<{ sessions(): SessionRepository; stop(): Promise<void> }>;
}[] = [
  {
    name: 'files',
    start: async () => {
      const directory = await mkdtemp(join(tmpdir(), 'tiered-'));
      return {
        sessions: () => fileSessions({ directory, deadlineMs: PATIENT_MS }),
        stop: () => rm(directory, { recursive: true, force: true }),
      };
    },
  },
  {
    name: 'redis',
    start: async () => {
      const server = await startRedis();
      return { sessions: () => redisSessions(server.url), stop: () => server.stop() };
    },
  },
  {
    name: 'mysql',
    start: async () => {
      const server = await startMariadb();
      return { sessions: () => typeormSessions({ url: server.url, timeoutMs: PATIENT_MS }), stop: () => server.stop() };
    },
  },
];

const VISITORS = 20;
const FRESH_MS = 2_000;
/** A request's deadline and some grace. */
const DEADLINE_MS = 1_200;

describe.each(BEHIND)('Memcached in front of $name', ({ start }) => {
  let memcached: ThrowawayServer;
  let proxy: FaultProxy;
  let behind: Awaited<ReturnType<typeof start>>;
  let a: TieredSessionRepository;
  let b: TieredSessionRepository;
  let events: [event: string, place: unknown][];

  beforeAll(async () => {
    [memcached, behind] = await Promise.all([startMemcached(), start()]);
  }, 60_000);
  afterAll(() => Promise.all([memcached.stop(), behind.stop()]));
  beforeEach(async () => {
    proxy = await FaultProxy.start(memcached.port);
    events = [];
    // Only instance a is behind the proxy: it alone can be cut off.
    [a, b] = [proxy.port, memcached.port].map((port) =>
      tieredSessions({
        front: memcachedSessions(`memcached://127.0.0.1:${port}`),
        behind: behind.sessions(),
        freshForMs: FRESH_MS,
      }),
    ) as [TieredSessionRepository, TieredSessionRepository];
    a.reportTo((event, detail) => events.push([event, Reflect.get(detail, 'place')]));
    await Promise.all([a.onModuleInit(), b.onModuleInit()]);
  });
  afterEach(async () => {
    memcached.thaw();
    await Promise.all([a.onApplicationShutdown(), b.onApplicationShutdown()]);
    await proxy.stop();
  });

  async function create(): Promise<SessionRecord> {
    const record = newRecord({ payload: payloadOf(0) });
    expect(await a.save(record)).toMatchObject({ status: 'saved' });
    return { ...record, version: 1 };
  }

  /** Counts up in a session until told to stop, from one instance to the other; every answer has to be right. */
  async function visit(stopped: () => boolean): Promise<{ last: SessionRecord; slowest: number }> {
    let known = await create();
    let slowest = 0;
    for (let n = 1; !stopped(); n++) {
      const server = n % 2 === 0 ? a : b;
      const begun = performance.now();
      const loaded = await server.load(known.id, known.version);
      expect(loaded).toEqual(known);
      const write = nextWrite({ token: known.id, record: known }, { payload: payloadOf(n) });
      expect(await server.save(write)).toEqual({ status: 'saved', token: known.id, version: known.version + 1 });
      slowest = Math.max(slowest, performance.now() - begun);
      known = { ...write, version: known.version + 1 };
      await turn();
    }
    return { last: known, slowest };
  }

  it('loses no session and no write when memcached is killed under load, and started again', async () => {
    let done = false;
    let visits = 0;
    const visitors = Promise.all(Array.from({ length: VISITORS }, () => visit(() => (visits++, done))));
    const more = async (count: number): Promise<void> => {
      const target = visits + count;
      await vi.waitFor(() => expect(visits).toBeGreaterThan(target), { timeout: 20_000 });
    };
    try {
      await more(100);
      await memcached.kill();
      await more(100);
      await memcached.restart();
      await more(100);
    } finally {
      done = true;
    }
    for (const { last, slowest } of await visitors) {
      expect(slowest).toBeLessThan(2 * DEADLINE_MS);
      for (const server of [a, b]) expect(await server.load(last.id, last.version)).toEqual(last);
    }
  }, 60_000);

  it.each([
    [
      'stands still',
      async () => {
        memcached.freeze();
        await vi.waitFor(() => expect(memcached.isFrozen).toBe(true));
      },
      async () => memcached.thaw(),
    ],
    ['is refused', () => proxy.set({ kind: 'refuse' }), () => proxy.heal()],
    ['is in a black hole', () => proxy.set({ kind: 'black-hole' }), () => proxy.heal()],
  ] as const)('is without its front, and says so once, while memcached %s', async (_how, breakIt, healIt) => {
    const record = await create();
    await breakIt();
    const begun = performance.now();
    expect(await a.load(record.id)).toEqual(record);
    expect(performance.now() - begun).toBeLessThan(DEADLINE_MS);
    const write = nextWrite({ token: record.id, record });
    expect(await a.save(write)).toMatchObject({ status: 'saved', version: 2 });
    expect(await a.touch(write, write.expiresAt + 60_000)).toMatchObject({ status: 'saved', version: 2 });
    for (let n = 0; n < 20; n++) expect(await a.load(record.id, 2)).toMatchObject({ version: 2 });
    expect(await a.destroy(record.id)).toBe('destroyed');
    expect(events.filter(([, place]) => place === 'front')).toEqual([['placeUnavailable', 'front']]);
    await healIt();
    const back = async (): Promise<void> => {
      await a.load(newRecord().id);
      expect(events.filter(([, place]) => place === 'front')).toEqual([
        ['placeUnavailable', 'front'],
        ['placeAvailable', 'front'],
      ]);
    };
    await vi.waitFor(back, { timeout: 10_000, interval: 20 });
  });

  it('serves a session that was destroyed without the front being told for no longer than promised', async () => {
    const record = await create();
    await proxy.set({ kind: 'refuse' });
    expect(await a.destroy(record.id)).toBe('destroyed');
    const destroyedAt = Date.now();
    expect(await a.load(record.id)).toBeNull();
    let [askedAt, servedAt] = [0, 0];
    // For as long as it may be, and once more: a front that is slow for a moment is passed over, and asked again.
    while (askedAt <= destroyedAt + FRESH_MS) {
      askedAt = Date.now();
      if ((await b.load(record.id)) !== null) servedAt = askedAt;
    }
    // It was served at all: else there was nothing to bound.
    expect(servedAt).toBeGreaterThanOrEqual(destroyedAt);
    expect(servedAt - destroyedAt).toBeLessThanOrEqual(FRESH_MS);
    await proxy.heal();
    expect(await b.load(record.id)).toBeNull();
  });
});
