import { SessionEvents, SessionManager } from 'nestjs-shared-session';
import { randomBytes } from 'node:crypto';
import type { Fault } from 'throwaway-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LabController, barrier } from '../instance/lab.controller.js';
import { PLATFORMS, type RunningApp, startApp } from '../instance/platforms.js';
import { REPOSITORIES } from '../instance/repositories.js';
import { Client } from '../support/client.js';
import { FAULTY_STORES } from '../support/stores/stores.js';
import type { FaultyStore } from '../support/stores/test-store.js';

const DEADLINE_MS = 1_000;
const GRACE_MS = 200;

const DOWN: Fault[] = [{ kind: 'refuse' }, { kind: 'reset' }, { kind: 'black-hole' }, { kind: 'delay', ms: 2_000 }];

const CASES = FAULTY_STORES.flatMap((store) => PLATFORMS.map((platform) => ({ ...store, platform })));

describe.each(CASES)('When $name fails, on $platform,', ({ name, startFaulty, platform }) => {
  let store: FaultyStore;
  let running: RunningApp;
  let ann: Client;
  let available = true;
  const rejections: unknown[] = [];
  const remember = (reason: unknown): unknown => rejections.push(reason);

  beforeAll(async () => {
    process.on('unhandledRejection', remember);
    store = await startFaulty();
    const repository = REPOSITORIES[name](store.address);
    running = await startApp(platform, { repository, cookie: { insecure: true } }, [LabController]);
    const events = running.app.get(SessionEvents);
    events.on('storeUnavailable', () => (available = false));
    events.on('storeAvailable', () => (available = true));
  });
  beforeEach(async () => {
    ann = new Client(running.url);
    const login = async (): Promise<number> => (await ann.post('/login', { user: 'ann' })).status;
    await expect.poll(async () => [await login(), available], { timeout: 5_000 }).toEqual([200, true]);
  });
  afterEach(() => store.proxy.heal());
  afterAll(async () => {
    await running.stop();
    await store.stop();
    process.off('unhandledRejection', remember);
    expect(rejections).toEqual([]);
  });

  const isRecovered = (): Promise<boolean> => ann.get('/session').then((response) => response.status === 200);

  it.each(DOWN)(
    'a request ends in time with 503, the cookie is kept, other routes do not notice: $kind',
    async (fault) => {
      const events: string[] = [];
      const stop = running.app.get(SessionEvents).on('storeUnavailable', () => events.push('unavailable'));
      await store.proxy.set(fault);
      const cookies = new Map(ann.cookies);
      for (const ask of [
        () => ann.get('/session'),
        () => ann.request('PUT', '/data/a', { value: 1 }),
        () => ann.get('/me'),
      ]) {
        const started = performance.now();
        const response = await ask();
        expect(performance.now() - started).toBeLessThan(DEADLINE_MS + GRACE_MS);
        expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
        expect(response.headers.getSetCookie()).toEqual([]);
        expect(await response.json()).toMatchObject({ statusCode: 503, error: 'Service Unavailable' });
      }
      expect((await ann.get('/noop')).status).toBe(200);
      // A visitor without a cookie is not in need of the store until something is written.
      const visitor = new Client(running.url);
      expect((await visitor.get('/session')).status).toBe(200);
      const refused = await visitor.request('PUT', '/data/a', { value: 1 });
      expect([refused.status, refused.headers.getSetCookie()]).toEqual([503, []]);
      expect(ann.cookies).toEqual(cookies);
      expect(events.length).toBeGreaterThan(0);
      stop();

      const healed = performance.now();
      await store.proxy.heal();
      await expect.poll(isRecovered, { timeout: 5_000, interval: 20 }).toBe(true);
      expect(performance.now() - healed).toBeLessThan(2_000);
      expect(await (await ann.get('/session')).json()).toMatchObject({ principal: 'ann' });
    },
  );

  it.each<Fault>([{ kind: 'drop-answers' }, { kind: 'cut-answers', bytes: 1 }])(
    'a write whose answer is lost is no success, sets no cookie, and says that nobody knows: $kind',
    async (fault) => {
      await ann.request('PUT', '/data/n', { value: 0 });
      // The load passes; the answer of the write does not.
      const { reached, proceed } = barrier.set();
      const waiting = ann.post('/when-told');
      await reached;
      await store.proxy.set(fault);
      proceed();
      const response = await waiting;
      expect([response.status, response.headers.getSetCookie()]).toEqual([503, []]);
      expect(await response.json()).toMatchObject({ message: expect.stringContaining('unknown') as string });
      await store.proxy.heal();
      await expect.poll(isRecovered, { timeout: 5_000 }).toBe(true);
      const { version } = (await (await ann.get('/session')).json()) as { version: number };
      expect(version).toBeLessThanOrEqual(3);
    },
  );

  it('a write that the server refuses is 503 without a cookie, and reads go on', async () => {
    for (const [when, refusal] of Object.entries(store.refusals)) {
      await refusal.begin();
      try {
        const written = await ann.request('PUT', '/data/a', { value: 1 });
        expect([when, written.status, written.headers.get('retry-after')]).toEqual([when, 503, '1']);
        const login = await new Client(running.url).post('/login', { user: 'bob' });
        expect([when, login.status, login.headers.getSetCookie()]).toEqual([when, 503, []]);
        expect(await (await ann.get('/session')).json()).toMatchObject({ principal: 'ann', data: {} });
      } finally {
        await refusal.end();
      }
    }
    expect(Object.keys(store.refusals)).not.toEqual([]);
  });

  it('a late answer never reaches another request', async () => {
    const visitors = await Promise.all(
      Array.from({ length: 8 }, async (_, nth) => {
        const visitor = new Client(running.url);
        await visitor.post('/login', { user: `user${nth}` });
        return visitor;
      }),
    );
    const ask = (): Promise<void>[] =>
      visitors.map(async (visitor, nth) => {
        const response = await visitor.get('/session');
        if (response.status === 200) expect(await response.json()).toMatchObject({ principal: `user${nth}` });
        else expect(response.status).toBe(503);
      });
    await store.proxy.set({ kind: 'hold', direction: 'answers' });
    const late = Promise.all(ask());
    // A client that gives up closes its connection, and what waited on it is gone: so it is looked at while they wait.
    await expect.poll(() => store.proxy.waitingBytes, { interval: 5 }).toBeGreaterThan(0);
    await late;
    // Now the late answers arrive, together with those to the next requests.
    await store.proxy.heal();
    await Promise.all([...ask(), ...ask()]);
    await expect.poll(isRecovered, { timeout: 5_000 }).toBe(true);
    await Promise.all(ask());
  });

  it('a session of 64 KiB is stored, one byte more is 413, and what was stored is intact', async () => {
    const largest = 65_536 - Buffer.byteLength('1["big",65519]\n""');
    const fill = (bytes: number): Promise<Response> => ann.request('PUT', '/data/big', { value: 'x'.repeat(bytes) });
    expect((await fill(largest)).status).toBe(200);
    expect((await fill(largest + 1)).status).toBe(413);
    const { data } = (await (await ann.get('/session')).json()) as { data: { big: string } };
    expect(data.big).toHaveLength(largest);
  });

  it('a corrupt record is nobody, once reported, and left as it is', async () => {
    const events: { reason: string }[] = [];
    const stop = running.app.get(SessionEvents).on('recordRejected', (detail) => events.push(detail));
    for (const [value, reason] of [
      [Buffer.from('{"cookie":{}'), 'malformed'],
      [Buffer.from('null'), 'malformed'],
      [Buffer.from('[]'), 'malformed'],
      [randomBytes(200), 'malformed'],
      [Buffer.from(`2${'0'.repeat(200)}`), 'newer-format'],
    ] as const) {
      const visitor = new Client(running.url);
      await visitor.post('/login', { user: 'bob' });
      const token = visitor.cookies.get('sid')!;
      await store.overwrite(token, value);
      const overwritten = await store.stored(token);
      events.length = 0;
      for (let request = 0; request < 3; request += 1) {
        const response = await visitor.get('/session');
        expect([response.status, response.headers.getSetCookie()]).toEqual([200, []]);
        expect(await response.json()).toMatchObject({ isNew: true, principal: null });
      }
      expect(events.map((event) => event.reason)).toEqual([reason]);
      expect(await store.stored(token)).toBe(overwritten);
      expect((await visitor.request('PUT', '/data/a', { value: 1 })).status).toBe(200);
      expect(await (await visitor.get('/session')).json()).toMatchObject({ data: { a: 1 } });
    }
    stop();
  });
});

describe.each(FAULTY_STORES)('An application that starts while $name is down', ({ name, startFaulty }) => {
  it('is up at once, not ready, and recovers by itself', async () => {
    const store = await startFaulty();
    await store.proxy.set({ kind: 'refuse' });
    const options = { repository: REPOSITORIES[name](store.address), cookie: { insecure: true } };
    const running = await startApp('fastify', options, [LabController]);
    try {
      const ann = new Client(running.url);
      expect((await ann.get('/noop')).status).toBe(200);
      expect((await ann.post('/login', { user: 'ann' })).status).toBe(503);
      expect(await running.app.get(SessionManager).ready()).toMatchObject({ ready: false });
      await store.proxy.heal();
      await expect.poll(async () => (await ann.post('/login', { user: 'ann' })).status, { timeout: 3_000 }).toBe(200);
      expect(await running.app.get(SessionManager).ready()).toEqual({ ready: true });
    } finally {
      await running.stop();
      await store.stop();
    }
  });
});

describe.each(FAULTY_STORES)('Ids that nobody gave out', ({ name, startFaulty }) => {
  it(`leave ${name} as it was, 10,000 of them`, async () => {
    const store = await startFaulty();
    const options = { repository: REPOSITORIES[name](store.address), cookie: { insecure: true } };
    const running = await startApp('fastify', options, [LabController]);
    try {
      const ann = new Client(running.url);
      // The first one has the table made, which a slow disk may take longer for than a request has.
      await expect.poll(async () => (await ann.post('/login', { user: 'ann' })).status, { timeout: 10_000 }).toBe(200);
      const ask = async (): Promise<void> => {
        for (let request = 0; request < 500; request += 1) {
          const cookie = `sid=${randomBytes(32).toString('base64url')}`;
          const response = await new Client(running.url).get('/session', { cookie });
          if (response.status !== 200 || response.headers.getSetCookie().length > 0)
            throw new Error('an id was adopted');
          await response.arrayBuffer();
        }
      };
      await Promise.all(Array.from({ length: 20 }, ask));
      expect(await store.count()).toBe(1);
    } finally {
      await running.stop();
      await store.stop();
    }
  });
});
