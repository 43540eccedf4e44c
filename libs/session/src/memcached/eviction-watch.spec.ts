import { MemcachedAdmin, startMemcached, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RepositoryEventMap, RepositoryListener } from '../contracts/repository-events.js';
import { newRecord } from '../testing/sample-session.js';
import { memcachedSessions, type MemcachedSessionRepository } from './index.js';

const HOUR_MS = 3_600_000;

let server: ThrowawayServer;
let admin: MemcachedAdmin;
beforeAll(async () => {
  server = await startMemcached({ args: ['-m', '2'] });
  admin = new MemcachedAdmin(server.port);
});
afterAll(() => server.stop());

async function evictions(): Promise<number> {
  return Number((await admin.stats())['evictions']);
}

/** More than there is room for. */
async function fill(sessions: MemcachedSessionRepository): Promise<void> {
  for (let n = 0; n < 60; n++) await sessions.save(newRecord({ payload: `1"${'x'.repeat(60_000)}"` }));
}

it('Sessions that a node throws out to make room are counted once each, also after its restart', async () => {
  const sessions = memcachedSessions(server.url, { evictionsEveryMs: HOUR_MS, timeoutMs: 5_000 });
  let reported = 0;
  const listener: RepositoryListener = (event, detail) => {
    if (event === 'sessionsEvicted') reported += (detail as RepositoryEventMap['sessionsEvicted']).count;
  };
  await fill(sessions);
  const before = await evictions();
  expect(before).toBeGreaterThan(0);
  // It looks when it is told to whom to report. What came before the first look is not counted.
  sessions.reportTo(listener);
  await fill(sessions);
  const second = await evictions();
  expect(second).toBeGreaterThan(before);
  sessions.reportTo(listener);
  await vi.waitFor(() => expect(reported).toBe(second - before));

  let told = second - before;
  let last = second;
  const restarted = async (): Promise<void> => {
    await server.kill();
    await sessions.load(newRecord().id).catch(() => undefined);
    await server.restart();
    await vi.waitFor(() => sessions.load(newRecord().id), 10_000);
  };
  const countedAll = async (): Promise<void> => {
    last = await evictions();
    told += last;
    sessions.reportTo(listener);
    await vi.waitFor(() => expect(reported).toBe(told), 10_000);
  };
  // More than its last process had evicted when it was looked at, so that only its pid tells that it is another one.
  await restarted();
  while ((await evictions()) <= last) await fill(sessions);
  await countedAll();
  await restarted();
  await fill(sessions);
  expect(await evictions()).toBeLessThan(last);
  await countedAll();
  await sessions.onApplicationShutdown();
}, 30_000);

it('The figures are looked at again and again', async () => {
  const sessions = memcachedSessions(server.url, { evictionsEveryMs: 20, timeoutMs: 5_000 });
  let reports = 0;
  sessions.reportTo((event) => {
    if (event === 'sessionsEvicted') reports += 1;
  });
  for (const times of [1, 2]) {
    await vi.waitFor(
      async () => {
        await fill(sessions);
        expect(reports).toBeGreaterThanOrEqual(times);
      },
      { timeout: 20_000 },
    );
  }
  await sessions.onApplicationShutdown();
}, 60_000);
