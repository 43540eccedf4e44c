import { startMemcached } from 'throwaway-servers';
import { expect, it, vi } from 'vitest';
import type { RepositoryEventMap } from '../contracts/repository-events.js';
import { newRecord } from '../testing/sample-session.js';
import { memcachedSessions } from './index.js';
import { MemcachedAdmin } from './memcached-admin.fixture.js';

it('Sessions that a node throws out to make room are counted and reported, also after its restart', async () => {
  const server = await startMemcached({ args: ['-m', '2'] });
  const admin = new MemcachedAdmin(server.port);
  const sessions = memcachedSessions(server.url, { evictionsEveryMs: 20, timeoutMs: 5_000 });
  const evictions = async (): Promise<number> => Number((await admin.stats())['evictions']);
  const fill = async (): Promise<void> => {
    for (let n = 0; n < 60; n++) await sessions.save(newRecord({ payload: `1"${'x'.repeat(60_000)}"` }));
  };
  let reported = 0;
  await fill();
  const before = await evictions();
  expect(before).toBeGreaterThan(0);

  sessions.reportTo((event, detail) => {
    if (event === 'sessionsEvicted') reported += (detail as RepositoryEventMap['sessionsEvicted']).count;
  });
  // What came before the first look is not counted; that look is on its way, in front of what follows.
  await fill();
  const second = await evictions();
  expect(second).toBeGreaterThan(before);
  await vi.waitFor(() => expect(reported).toBe(second - before));

  await server.kill();
  await sessions.load(newRecord().id).catch(() => undefined);
  await server.restart();
  await vi.waitFor(() => sessions.load(newRecord().id));
  await fill();
  const third = await evictions();
  expect(third).toBeGreaterThan(0);
  await vi.waitFor(() => expect(reported).toBe(second - before + third));
  await sessions.onApplicationShutdown();
  await server.stop();
}, 30_000);
