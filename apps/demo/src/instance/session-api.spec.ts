import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { onlyForeignRedis } from '../../../../test/support/stores/redis.js';
import type { LabGuarantees } from '../lab/lab.js';
import { LabClient } from '../lab/lab-client.fixture.js';
import { RunningDemo } from '../running-demo.fixture.js';
import { STORE_NAMES } from '../stores/stores.js';
import { Visitor } from '../visitor.fixture.js';
import { PLATFORMS } from './platform-name.js';

const ANONYMOUS = {
  isNew: true,
  data: {},
  principal: null,
  handle: null,
  version: 0,
  createdAt: null,
  expiresAt: null,
};
const MINUTE = 60_000;
const DEFAULT_STORE = 'files';
/** Every store that the instances share; the platforms differ in nothing that has to do with stores. */
const DEMOS = [
  ...PLATFORMS.map((platform) => [platform, DEFAULT_STORE] as const),
  ...STORE_NAMES.filter((store) => store !== DEFAULT_STORE && store !== 'memory').map(
    (store) => ['fastify', store] as const,
  ),
];

describe.each(DEMOS)('The API on %s over %s, each request at the next instance', (platform, store) => {
  let demo: RunningDemo;
  let visitor: Visitor;
  let guarantees: LabGuarantees | undefined;

  beforeAll(async () => {
    const foreign = store === 'redis' && onlyForeignRedis() ? ['--url', String(process.env['REDIS_URL'])] : [];
    demo = await RunningDemo.start(['--platform', platform, '--store', store, ...foreign]);
    ({ guarantees } = await new LabClient(demo).view());
    expect(guarantees).toBeDefined();
  });

  afterAll(() => demo[Symbol.asyncDispose]());

  beforeEach(() => {
    visitor = new Visitor(demo.url);
  });

  function lastWriteWins(): boolean {
    return guarantees?.concurrency === 'last-write-wins';
  }

  /** Whether the visitor has the whole session, in a token that is new with every change. */
  function isClientHeld(): boolean {
    return guarantees?.reads === 'client-held';
  }

  async function show() {
    return (await visitor.ask('GET', '/api/session')).json;
  }

  async function put(key: string, value: unknown) {
    return visitor.ask('PUT', `/api/session/data/${encodeURIComponent(key)}`, { body: { value } });
  }

  /** The session behind this cookie, which is the same at every instance. */
  async function everywhere(who = visitor) {
    const views = [];
    for (const name of ['A', 'B', 'C']) {
      const { instance, ...view } = (await who.twin(demo.instanceUrl(name)).ask('GET', '/api/session')).json;
      expect(instance).toBe(name);
      views.push(view);
    }
    expect(views[1]).toEqual(views[0]);
    expect(views[2]).toEqual(views[0]);
    return views[0];
  }

  test('GET /api/session of an anonymous visitor stores nothing and sets no cookie', async () => {
    const answer = await visitor.ask('GET', '/api/session');
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ instance: answer.instance, ...ANONYMOUS });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test('PUT /api/session/data/:key sets one key, and answers what is stored', async () => {
    const before = Date.now();
    const { status, json, instance } = await put('color', { deep: [1, null, 'x'] });
    expect(status).toBe(200);
    expect(json).toEqual({
      instance,
      isNew: false,
      data: { color: { deep: [1, null, 'x'] } },
      principal: null,
      handle: expect.any(String),
      version: 1,
      createdAt: expect.any(Number),
      expiresAt: expect.any(Number),
    });
    expect(json.createdAt).toBeGreaterThanOrEqual(before);
    expect(json.expiresAt).toBe((json.createdAt ?? 0) + 30 * MINUTE);
    expect((await put('size', 4)).json).toMatchObject({
      version: 2,
      data: { color: { deep: [1, null, 'x'] }, size: 4 },
    });
    const { instance: _, ...stored } = (await put('color', null)).json;
    expect(await everywhere()).toEqual(stored);
    expect(stored).toMatchObject({ version: 3, data: { color: null, size: 4 }, handle: json.handle });
  });

  test('DELETE /api/session/data/:key removes one key', async () => {
    await put('a/b', 1);
    await put('other', 2);
    const answer = await visitor.ask('DELETE', '/api/session/data/a%2Fb');
    expect(answer).toMatchObject({ status: 200, json: { data: { other: 2 }, version: 3 } });
    expect(await everywhere()).toMatchObject({ data: { other: 2 } });
  });

  test('POST /api/session/increment/:key counts every one of parallel requests, or the last write wins', async () => {
    const first = await visitor.ask('POST', '/api/session/increment/visits');
    expect(first).toMatchObject({ status: 200, json: { instance: first.instance, value: 1 } });
    expect(Object.keys(first.json)).toEqual(['instance', 'value']);
    await put('other', true);
    const answers = await Promise.all(
      Array.from({ length: 9 }, () => visitor.ask('POST', '/api/session/increment/visits')),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const counted = answers.map(({ json }) => json.value).toSorted((a, b) => a - b);
    const { visits, other } = (await everywhere())?.data ?? {};
    expect(other).toBe(true);
    if (lastWriteWins()) return expect(counted).toContain(visits);
    expect(counted).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(visits).toBe(10);
  });

  test('POST /api/session/increment/:key of what is no number is 400, and changes nothing', async () => {
    await put('word', 'one');
    const answer = await visitor.ask('POST', '/api/session/increment/word');
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ statusCode: 400, error: 'Bad Request', message: 'The value is no number' });
    expect(await show()).toMatchObject({ version: 1, data: { word: 'one' } });
  });

  test('POST /api/session/touch moves the deadline, and nothing else', async () => {
    const before = (await put('k', 1)).json;
    const answer = await visitor.ask('POST', '/api/session/touch');
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ ...before, instance: answer.instance, expiresAt: expect.any(Number) });
    expect(answer.json.expiresAt).toBeGreaterThan(before.expiresAt ?? Infinity);
    expect(await everywhere()).toMatchObject({ expiresAt: answer.json.expiresAt });
  });

  test('POST /api/session/regenerate gives a new id, keeps the data, and kills the old id everywhere', async () => {
    const before = (await put('k', 1)).json;
    const thief = visitor.twin();
    const answer = await visitor.ask('POST', '/api/session/regenerate');
    expect(answer).toMatchObject({ status: 200, json: { data: { k: 1 }, isNew: false } });
    expect(answer.json.handle).not.toBe(before.handle);
    expect(await everywhere()).toMatchObject({ handle: answer.json.handle, data: { k: 1 } });
    expect(await everywhere(thief)).toEqual(ANONYMOUS);
  });

  test('DELETE /api/session destroys it everywhere', async () => {
    await put('k', 1);
    const twin = visitor.twin();
    expect(await visitor.ask('DELETE', '/api/session')).toMatchObject({ status: 204, text: '' });
    expect(visitor.cookie).toBe('');
    expect(await everywhere(twin)).toEqual(ANONYMOUS);
  });

  test('POST /api/login gives a principal, keeps the basket, and kills the old id; POST /api/logout ends it', async () => {
    const before = (await put('basket', ['tea'])).json;
    const thief = visitor.twin();
    const answer = await visitor.ask('POST', '/api/login', { body: { user: 'ann' } });
    expect(answer).toMatchObject({ status: 200, json: { principal: 'ann', data: { basket: ['tea'] } } });
    expect(answer.json.handle).not.toBe(before.handle);
    expect(await everywhere()).toMatchObject({ principal: 'ann', data: { basket: ['tea'] } });
    expect(await everywhere(thief)).toEqual(ANONYMOUS);

    const twin = visitor.twin();
    expect(await visitor.ask('POST', '/api/logout')).toMatchObject({ status: 204, text: '' });
    expect(await everywhere(twin)).toEqual(ANONYMOUS);
  });

  test.each(['/api/session/touch', '/api/session/regenerate', '/api/logout'])(
    'POST %s of an unstored session stores nothing',
    async (path) => {
      const answer = await visitor.ask('POST', path);
      expect(answer.status).toBe(path === '/api/logout' ? 204 : 200);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(await show()).toMatchObject(ANONYMOUS);
    },
  );

  test('GET /api/noop never asks for the session', async () => {
    await put('k', 1);
    const answer = await visitor.ask('GET', '/api/noop');
    expect(answer.json).toEqual({ instance: answer.instance });
    expect(answer.headers.get('vary') ?? '').not.toMatch(/cookie/i);
  });

  test('POST /api/slow opens, waits, and then sets the key; what others set meanwhile stays, unless the last write wins', async () => {
    await put('k', 1);
    const slow = visitor.ask('POST', '/api/slow', { body: { ms: 1_000, key: 'slow', value: true } });
    await put('quick', true);
    const { data, version } = (await slow).json;
    const kept = lastWriteWins() ? {} : { quick: true };
    expect(data).toEqual({ k: 1, ...kept, slow: true });
    expect(version).toBe(lastWriteWins() ? 2 : 3);
    expect(await everywhere()).toMatchObject({ data });
  });

  test('POST /api/slow does not bring back what was logged out meanwhile: 401', async () => {
    await visitor.ask('POST', '/api/login', { body: { user: 'ann' } });
    const twin = visitor.twin();
    const slow = twin.ask('POST', '/api/slow', { body: { ms: 2_000, key: 'slow', value: true } });
    await visitor.ask('GET', '/api/slow-read?ms=500');
    await visitor.twin().ask('POST', '/api/logout');
    const answer = await slow;
    expect(answer.status).toBe(401);
    expect(answer.json).toEqual({ statusCode: 401, error: 'Unauthorized', message: expect.any(String) });
    expect(await everywhere()).toEqual(ANONYMOUS);
  });

  test('GET /api/slow-read opens and waits', async () => {
    await put('k', 1);
    const began = performance.now();
    const answer = await visitor.ask('GET', '/api/slow-read?ms=300');
    expect(performance.now() - began).toBeGreaterThanOrEqual(299);
    expect(answer).toMatchObject({ status: 200, json: { data: { k: 1 } } });
  });

  test('POST /api/throw is 500 and saves nothing', async () => {
    await put('k', 1);
    const answer = await visitor.ask('POST', '/api/throw', { body: { key: 'k', value: 2 } });
    expect(answer.status).toBe(500);
    expect(answer.json).toEqual({ statusCode: 500, error: 'Internal Server Error', message: expect.any(String) });
    expect(await everywhere()).toMatchObject({ data: { k: 1 }, version: 1 });
  });

  test('POST /api/redirect leads to the session, where the key is there already', async () => {
    const answer = await visitor.ask('POST', '/api/redirect', { body: { key: 'k', value: 1 } });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/api/session');
    expect(await show()).toMatchObject({ data: { k: 1 } });
  });

  test('POST /api/stream of a stored session sends the whole stream and saves the key; of a client-held one it breaks off', async () => {
    await put('k', 1);
    const answer = visitor.ask('POST', '/api/stream', { body: { key: 'streamed', value: 2 } });
    if (isClientHeld()) {
      // The new token could not be told any more.
      await expect(answer).rejects.toThrow('terminated');
      expect(await everywhere()).toMatchObject({ data: { k: 1 }, version: 1 });
      return;
    }
    expect(await answer).toMatchObject({ status: 200, text: 'first chunk\nlast chunk\n' });
    expect(await everywhere()).toMatchObject({ data: { k: 1, streamed: 2 } });
  });

  test('POST /api/stream of an unstored session breaks off: nobody could be told of a new one', async () => {
    await expect(visitor.ask('POST', '/api/stream', { body: { key: 'k', value: 1 } })).rejects.toThrow('terminated');
    expect(visitor.cookie).toBe('');
  });

  test('POST /api/fill fills up to the limit, beyond it is 413 and the session is as it was', async () => {
    // A cookie holds no more than about 4,000 bytes.
    const [fits, tooMany] = isClientHeld() ? [2_000, 3_000] : [60_000, 66_000];
    const filled = await visitor.ask('POST', '/api/fill', { body: { bytes: fits } });
    expect(filled.status).toBe(200);
    expect(filled.json.data).toEqual({ filler: 'x'.repeat(fits) });
    for (const bytes of [tooMany, 1e15]) {
      const answer = await visitor.ask('POST', '/api/fill', { body: { bytes } });
      expect(answer.status).toBe(413);
      expect(answer.json).toEqual({ statusCode: 413, error: 'Payload Too Large', message: expect.any(String) });
    }
    expect(await everywhere()).toMatchObject({ data: { filler: 'x'.repeat(fits) }, version: 1 });
  });

  test.each(['/health/live', '/health/ready'])('GET %s is 200', async (path) => {
    expect((await visitor.ask('GET', path)).status).toBe(200);
  });

  test('The session travels in the header, too, for a client that asks by sending it empty', async () => {
    const asked = await visitor.ask('PUT', '/api/session/data/k', {
      body: { value: 1 },
      headers: { 'x-session-token': '' },
    });
    const token = asked.headers.get('x-session-token') ?? '';
    expect(token).not.toBe('');
    expect(asked.headers.getSetCookie()).toEqual([]);
    const again = await visitor.ask('GET', '/api/session', { headers: { 'x-session-token': token } });
    expect(again.json.data).toEqual({ k: 1 });
  });

  test('The cookie on plain HTTP is called sid, and is a random id or the session itself', async () => {
    const answer = await put('k', 1);
    const [line = '', ...more] = answer.headers.getSetCookie();
    // Where a read may come from a copy, the visitor brings along which version it has seen.
    const floor = expect.stringMatching(/^sid-v=[\w-]{8}\.1; Path=\/; HttpOnly; SameSite=Lax$/) as string;
    expect(more).toEqual(guarantees?.reads === 'read-your-writes' ? [floor] : []);
    const token = /^sid=([\w-]+); Path=\/; HttpOnly; SameSite=Lax$/.exec(line)?.[1] ?? '';
    if (isClientHeld()) expect(token.length).toBeGreaterThan(43);
    else expect(token).toHaveLength(43);
  });
});

test('With --secure the cookie is what the library makes by default, and deadlines are as told', async () => {
  await using demo = await RunningDemo.start(['--secure', '--instances', '1', '--idle', '90s', '--absolute', '2m']);
  const answer = await new Visitor(demo.url).ask('PUT', '/api/session/data/k', { body: { value: 1 } });
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^__Host-sid=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
  ]);
  expect(answer.json.expiresAt).toBe((answer.json.createdAt ?? 0) + 90_000);
});
