import { Redis } from 'ioredis';
import { SessionManager } from 'nestjs-shared-session';
import { cookieSessions } from 'nestjs-shared-session/cookie';
import { redisSessions } from 'nestjs-shared-session/redis';
import { randomBytes } from 'node:crypto';
import { type Fault, FaultProxy, startRedis, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LabController } from '../instance/lab.controller.js';
import { PLATFORMS, type RunningApp, startApp } from '../instance/platforms.js';
import { Client } from '../support/client.js';

const DEADLINE_MS = 1_000;
const GRACE_MS = 200;
const DOWN: Fault[] = [{ kind: 'refuse' }, { kind: 'reset' }, { kind: 'black-hole' }, { kind: 'delay', ms: 2_000 }];

describe.each(PLATFORMS)('When the Redis with the revocations of sealed cookies fails, on %s,', (platform) => {
  let redis: ThrowawayServer;
  let admin: Redis;
  let proxy: FaultProxy;
  let running: RunningApp;
  let ann: Client;

  beforeAll(async () => {
    redis = await startRedis();
    admin = new Redis(redis.url);
    proxy = await FaultProxy.start(redis.port);
    const repository = cookieSessions({
      secrets: [randomBytes(36).toString('base64')],
      revocations: redisSessions(`redis://127.0.0.1:${proxy.port}`),
    });
    running = await startApp(platform, { repository, cookie: { insecure: true } }, [LabController]);
  });
  beforeEach(async () => {
    ann = new Client(running.url);
    const login = async (): Promise<number> => (await ann.post('/login', { user: 'ann' })).status;
    await expect.poll(login, { timeout: 5_000 }).toBe(200);
    await expect.poll(isRecovered, { timeout: 5_000 }).toBe(true);
  });
  afterEach(async () => {
    await proxy.heal();
    await admin.config('SET', 'maxmemory', '0');
  });
  afterAll(async () => {
    await running.stop();
    await proxy.stop();
    admin.disconnect();
    await redis.stop();
  });

  const isRecovered = (): Promise<boolean> => ann.get('/session').then((response) => response.status === 200);
  const isReady = (): Promise<boolean> =>
    running.app
      .get(SessionManager)
      .ready()
      .then(({ ready }) => ready);

  it.each(DOWN)(
    'no request takes the session for alive or dead, in time, and the cookie is kept: $kind',
    async (fault) => {
      const cookies = new Map(ann.cookies);
      await proxy.set(fault);
      for (const ask of [
        () => ann.get('/session'),
        () => ann.request('PUT', '/data/a', { value: 1 }),
        () => ann.post('/login', { user: 'bob' }),
        () => ann.post('/logout'),
      ]) {
        const began = performance.now();
        const response = await ask();
        expect(performance.now() - began).toBeLessThan(DEADLINE_MS + GRACE_MS);
        expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
        expect(response.headers.getSetCookie()).toEqual([]);
      }
      expect(await isReady()).toBe(false);
      expect((await ann.get('/noop')).status).toBe(200);
      expect(ann.cookies).toEqual(cookies);
      // Who comes without a session needs no revocations.
      expect((await new Client(running.url).request('PUT', '/data/a', { value: 1 })).status).toBe(200);

      const healed = performance.now();
      await proxy.heal();
      await expect.poll(isRecovered, { timeout: 5_000, interval: 20 }).toBe(true);
      expect(performance.now() - healed).toBeLessThan(2_000);
      expect(await (await ann.get('/session')).json()).toMatchObject({ principal: 'ann' });
      expect(await isReady()).toBe(true);
    },
  );

  it('a logout that Redis refuses to store is 503, and the session is as it was', async () => {
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await admin.config('SET', 'maxmemory', '1');
    for (const ask of [() => ann.post('/logout'), () => ann.post('/login', { user: 'bob' })]) {
      const response = await ask();
      expect([response.status, response.headers.getSetCookie()]).toEqual([503, []]);
    }
    expect(await (await ann.get('/session')).json()).toMatchObject({ principal: 'ann' });
  });

  it('a logout is remembered as one key of Redis, until the absolute deadline and an hour more', async () => {
    await admin.flushall();
    await ann.post('/logout');
    const keys = await admin.keys('*');
    expect(keys).toHaveLength(1);
    const hours = (await admin.pttl(keys[0]!)) / 3_600_000;
    expect(hours).toBeGreaterThan(12.9);
    expect(hours).toBeLessThanOrEqual(13);
  });

  it('a revocation that cannot be read refuses the session', async () => {
    const sid = ann.cookies.get('sid')!;
    await admin.flushall();
    await ann.post('/logout');
    const [key] = await admin.keys('*');
    for (const value of ['', '{}', '\0', `2${'0'.repeat(200)}`]) {
      await admin.set(key!, value);
      const thief = new Client(running.url);
      thief.cookies.set('sid', sid);
      expect(await (await thief.get('/session')).json()).toMatchObject({ isNew: true, principal: null });
    }
  });
});
