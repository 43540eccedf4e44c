import { startMemcached, startRedis, type ThrowawayServer } from 'throwaway-servers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionStoreError } from '../contracts/errors.js';
import type { ReportingRepository, RepositoryListener } from '../contracts/repository-events.js';
import { memcachedSessions } from '../memcached/index.js';
import { MemorySessionRepository } from '../memory/index.js';
import { redisSessions } from '../redis/index.js';
import { openedSockets } from '../testing/opened-sockets.fixture.js';
import { type TieredSessionRepository, tieredSessions } from './index.js';

describe('Memcached in front of Redis, as an application runs it,', () => {
  let memcached: ThrowawayServer;
  let redis: ThrowawayServer;
  let sessions: TieredSessionRepository;
  beforeEach(async () => {
    [memcached, redis] = await Promise.all([startMemcached(), startRedis()]);
    sessions = tieredSessions({ front: memcachedSessions(memcached.url), behind: redisSessions(redis.url) });
  });
  afterEach(async () => {
    await sessions.onApplicationShutdown();
    await Promise.all([memcached.stop(), redis.stop()]);
  });

  it('is connected to both from the start, and to none once it has stopped', async () => {
    const sockets = await openedSockets(() => sessions.onModuleInit());
    const openTo = (): (number | undefined)[] =>
      [memcached.port, redis.port].filter((port) => sockets.some((one) => !one.destroyed && one.remotePort === port));
    await vi.waitFor(() => expect(openTo()).toEqual([memcached.port, redis.port]));
    await sessions.onApplicationShutdown();
    await vi.waitFor(() => expect(sockets.every(({ destroyed }) => destroyed)).toBe(true));
  });

  it('is ready without its front, and not without the one behind', async () => {
    await sessions.onModuleInit();
    await sessions.probe();
    await memcached.kill();
    await sessions.probe();
    await memcached.restart();
    await redis.kill();
    await expect(sessions.probe()).rejects.toThrow(SessionStoreError);
  });

  it('is ready when the one behind says so, which may know of a place that is down and others that serve', async () => {
    const behind = memcachedSessions({ nodes: [`127.0.0.1:${memcached.port}`, '127.0.0.1:1'] });
    const pooled = tieredSessions({ front: new MemorySessionRepository(), behind });
    await pooled.onModuleInit();
    for (let probe = 0; probe < 30; probe += 1) await expect(pooled.probe()).resolves.toBeUndefined();
    await pooled.onApplicationShutdown();
  });
});

describe('Two tiers that have something to tell', () => {
  class Telling extends MemorySessionRepository implements ReportingRepository {
    tell: RepositoryListener = () => undefined;
    reportTo(listener: RepositoryListener): void {
      this.tell = listener;
    }
  }

  it('tell what both do, but for copies that the front evicts, which are no sessions', () => {
    const [front, behind] = [new Telling(), new Telling()];
    const heard: unknown[] = [];
    tieredSessions({ front, behind }).reportTo((event, detail) => heard.push([event, detail]));
    front.tell('sessionsEvicted', { count: 1 });
    front.tell('placeUnavailable', { place: '10.0.0.1:11211', reason: 'no answer in time' });
    behind.tell('sessionsEvicted', { count: 2 });
    behind.tell('placeAvailable', { place: 'replica' });
    expect(heard).toEqual([
      ['placeUnavailable', { place: '10.0.0.1:11211', reason: 'no answer in time' }],
      ['sessionsEvicted', { count: 2 }],
      ['placeAvailable', { place: 'replica' }],
    ]);
  });
});
