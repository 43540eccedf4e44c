import { existsSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RunningDemo } from '../running-demo.fixture.js';
import { Visitor } from '../visitor.fixture.js';

describe('The demo over sealed cookies, each request at the next instance,', () => {
  let demo: RunningDemo;
  let visitor: Visitor;

  beforeAll(async () => {
    demo = await RunningDemo.start(['--store', 'cookie']);
  });
  afterAll(() => demo[Symbol.asyncDispose]());
  beforeEach(() => {
    visitor = new Visitor(demo.url);
  });

  const put = (key: string, value: unknown) => visitor.ask('PUT', `/api/session/data/${key}`, { body: { value } });

  async function everywhere(who: Visitor) {
    const views = [];
    for (const name of ['A', 'B', 'C']) {
      const { instance: _, ...view } = (await who.twin(demo.instanceUrl(name)).ask('GET', '/api/session')).json;
      views.push(view);
    }
    expect(views[1]).toEqual(views[0]);
    expect(views[2]).toEqual(views[0]);
    return views[0];
  }

  test('needs no server, and is ready', async () => {
    expect(demo.stdout).toMatch(/store +cookie +sealed in the visitor's cookie; revocations in \/\S+ \(throw-away\)/);
    expect((await visitor.ask('GET', '/health/ready')).status).toBe(200);
  });

  test('shares a login, its data, its new id and its end; what was replaced is nobody everywhere', async () => {
    const first = (await put('basket', ['tea'])).json;
    const before = visitor.twin();
    const login = await visitor.ask('POST', '/api/login', { body: { user: 'ann' } });
    expect(login).toMatchObject({ status: 200, json: { principal: 'ann', data: { basket: ['tea'] } } });
    expect(login.json.handle).not.toBe(first.handle);
    const loggedIn = visitor.twin();
    await visitor.ask('POST', '/api/session/regenerate');
    const regenerated = visitor.twin();
    expect(await everywhere(visitor)).toMatchObject({ principal: 'ann', data: { basket: ['tea'] } });
    expect((await visitor.ask('POST', '/api/logout')).status).toBe(204);
    for (const old of [before, loggedIn, regenerated]) {
      expect(await everywhere(old)).toMatchObject({ isNew: true, principal: null, data: {} });
    }
  });

  test('answers every one of parallel updates, and keeps one of their states: the last write wins', async () => {
    await put('other', 1);
    const answers = await Promise.all(
      Array.from({ length: 9 }, () => visitor.ask('POST', '/api/session/increment/visits')),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const { data } = (await visitor.ask('GET', '/api/session')).json;
    expect(data['other']).toBe(1);
    expect(answers.map(({ json }) => json.value)).toContain(data['visits']);
  });

  test('answers 413 beyond what a cookie holds, and the session is as it was', async () => {
    await put('k', 1);
    const answer = await visitor.ask('POST', '/api/fill', { body: { bytes: 3_000 } });
    expect(answer.status).toBe(413);
    expect(answer.json).toEqual({ statusCode: 413, error: 'Payload Too Large', message: expect.any(String) });
    expect((await visitor.ask('POST', '/api/fill', { body: { bytes: 2_000 } })).status).toBe(200);
    expect(await everywhere(visitor)).toMatchObject({ data: { k: 1, filler: 'x'.repeat(2_000) }, version: 2 });
  });

  test('answers 401 to a slow write that a logout has overtaken', async () => {
    await visitor.ask('POST', '/api/login', { body: { user: 'ann' } });
    const twin = visitor.twin();
    const slow = twin.ask('POST', '/api/slow', { body: { ms: 1_500, key: 'slow', value: true } });
    await visitor.ask('GET', '/api/slow-read?ms=500');
    await visitor.twin().ask('POST', '/api/logout');
    expect((await slow).status).toBe(401);
    expect(await everywhere(twin)).toMatchObject({ isNew: true, principal: null });
  });

  test('breaks off a stream that changes the session after its first byte: nobody could be told', async () => {
    await put('k', 1);
    await expect(visitor.ask('POST', '/api/stream', { body: { key: 'k', value: 2 } })).rejects.toThrow('terminated');
    expect(await everywhere(visitor)).toMatchObject({ data: { k: 1 }, version: 1 });
  });

  test('carries the session in the header, too', async () => {
    const asked = await visitor.ask('PUT', '/api/session/data/k', {
      body: { value: 1 },
      headers: { 'x-session-token': '' },
    });
    const token = asked.headers.get('x-session-token') ?? '';
    expect(asked.headers.getSetCookie()).toEqual([]);
    const again = await visitor.ask('GET', '/api/session', { headers: { 'x-session-token': token } });
    expect(again.json.data).toEqual({ k: 1 });
  });
});

test('Cookies of one run open nothing in the next, and its directory goes with it', async () => {
  await using first = await RunningDemo.start(['--store', 'cookie', '--instances', '1']);
  const directory = /revocations in (\/\S+)/.exec(first.stdout)?.[1] ?? '';
  expect(existsSync(directory)).toBe(true);
  const ann = new Visitor(first.url);
  await ann.ask('POST', '/api/login', { body: { user: 'ann' } });
  first.signal('SIGTERM');
  expect(await first.exit()).toBe(0);
  expect(existsSync(directory)).toBe(false);
  await using second = await RunningDemo.start(['--store', 'cookie', '--instances', '1']);
  expect((await ann.twin(second.url).ask('GET', '/api/session')).json).toMatchObject({ isNew: true, principal: null });
});
