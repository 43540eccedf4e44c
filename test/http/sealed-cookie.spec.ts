import { SessionEvents, type SessionModuleOptions, SessionStoreError } from 'nestjs-shared-session';
import { cookieSessions } from 'nestjs-shared-session/cookie';
import { memorySessions } from 'nestjs-shared-session/memory';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request, validateHeaderValue } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mutationsOf } from '../../libs/session/src/cookie/token-mutations.fixture.js';
import { ObservedRepository } from '../../libs/session/src/core/engine.fixture.js';
import { LabController } from '../instance/lab.controller.js';
import { PLATFORMS, type RunningApp, startApp } from '../instance/platforms.js';
import { Client } from '../support/client.js';

const ANONYMOUS = { data: {}, isNew: true, principal: null, version: 0 };
const AT_A_TIME = 8;

interface Answered {
  readonly status: number;
  /** What the client would have to present from now on. */
  readonly token: string | null;
  readonly body: unknown;
}

/** One of many requests over few connections. */
async function asked(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Answered> {
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const sent = request(url + path, { method, agent: connections, headers: { ...headers, ...type } });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const { statusCode = 0, headers: told } = answer;
  const token = told['x-session-token'] ?? told['set-cookie']?.map((line) => /=([^;]*)/.exec(line)?.[1]).join() ?? null;
  return { status: statusCode, token: token as string | null, body: JSON.parse(await text(answer)) };
}

const connections = new Agent({ keepAlive: true, maxSockets: AT_A_TIME });
afterAll(() => connections.destroy());

/** The token of somebody who is logged in and has some data. */
async function tokenOf(
  url: string,
  user: string,
  carrying: (token: string) => Record<string, string>,
): Promise<string> {
  const login = await asked(url, 'POST', '/login', {}, { user });
  const filled = await asked(url, 'PUT', '/data/filler', carrying(login.token!), { value: 'x'.repeat(40) });
  return filled.token!;
}

function isSendable(value: string): boolean {
  try {
    validateHeaderValue('cookie', value);
    return true;
  } catch {
    return false;
  }
}

/** Several at a time. */
async function inTurns<T>(items: readonly T[], work: (item: T, nth: number) => Promise<void>): Promise<void> {
  const rest = items.entries();
  const worker = async (): Promise<void> => {
    for (const [nth, item] of rest) await work(item, nth);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

describe.each(PLATFORMS)('A sealed cookie on %s', (platform) => {
  const secrets = [randomBytes(36).toString('base64')];
  let revocations: ObservedRepository;
  let running: RunningApp[];

  /** Starts an instance; all share the secret and the revocations, unless told otherwise. */
  async function start(options: Partial<SessionModuleOptions> = {}): Promise<RunningApp> {
    const repository = cookieSessions({ secrets, revocations });
    const app = await startApp(platform, { repository, cookie: { insecure: true }, ...options }, [LabController]);
    running.push(app);
    return app;
  }
  const read = async (client: Client): Promise<object> => (await (await client.get('/session')).json()) as object;
  const put = (client: Client, key: string, value: unknown): Promise<Response> =>
    client.request('PUT', `/data/${key}`, { value });

  beforeEach(() => {
    running = [];
    revocations = new ObservedRepository(memorySessions());
  });
  afterEach(async () => {
    for (const app of running) await app.stop();
  });

  it('is a new one with every change and every touch, and the session goes on with the last', async () => {
    const { url } = await start({ idleTimeout: '10s', touchAfter: 0 });
    const ann = new Client(url);
    const seen = new Set<string>();
    for (const n of [1, 2, 3]) {
      await put(ann, 'n', n);
      seen.add(ann.cookies.get('sid')!);
      await ann.get('/session');
      seen.add(ann.cookies.get('sid')!);
    }
    expect(seen.size).toBe(6);
    expect(await read(ann)).toEqual({ data: { n: 3 }, isNew: false, principal: null, version: 3 });
  });

  it.each(['cookie', 'header'] as const)(
    'that was altered in ten thousand ways, and is sent as a %s, is nobody, and nobody’s error',
    async (transport) => {
      const { url, app } = await start({ transport });
      const reported: unknown[] = [];
      app.get(SessionEvents).on('recordRejected', (detail) => reported.push(detail));
      const carrying = (value: string): Record<string, string> =>
        transport === 'cookie' ? { cookie: `sid=${value}` } : { 'x-session-token': value };
      const [token, other] = [await tokenOf(url, 'ann', carrying), await tokenOf(url, 'bob', carrying)];
      const texts = [...mutationsOf(token, other), ...(transport === 'cookie' ? [`${token}; sid=${token}x`] : [])];
      // HTTP takes away spaces around a value, and has no way to send some characters.
      const mutations = texts.filter((one) => one.trim() !== token && isSendable(one));
      expect(mutations.length).toBeGreaterThan(10_000);

      const outcomes = new Set<string>();
      await inTurns(mutations, async (mutation, nth) => {
        const seen = await asked(url, 'GET', '/session', carrying(mutation));
        outcomes.add(JSON.stringify([seen.status, seen.token, seen.body]));
        if (nth % 40 > 0) return;
        const written = await asked(url, 'PUT', '/data/a', carrying(mutation), { value: 1 });
        expect(written.status).toBeLessThanOrEqual(499);
      });
      expect([...outcomes].map((outcome) => JSON.parse(outcome) as unknown)).toEqual([[200, null, ANONYMOUS]]);
      expect((await asked(url, 'GET', '/session', carrying(token))).body).toMatchObject({ principal: 'ann' });
      expect(reported).toEqual([]);
    },
    180_000,
  );

  it('that was replaced by a login or a new id, or ended by a logout, is refused at all of three instances', async () => {
    const urls = [(await start()).url, (await start()).url, (await start()).url];
    const ann = new Client(urls[0]!);
    const old: string[] = [];
    const keep = (): number => old.push(ann.cookies.get('sid')!);
    await put(ann, 'basket', ['tea']);
    keep();
    await put(ann, 'more', 1);
    keep();
    await ann.at(urls[1]!).post('/login', { user: 'ann' });
    keep();
    await ann.at(urls[2]!).post('/regenerate');
    keep();
    expect(new Set(old).size).toBe(4);
    expect(await read(ann)).toMatchObject({ principal: 'ann', data: { basket: ['tea'], more: 1 } });
    const ended = await ann.at(urls[0]!).post('/logout');
    expect(ended.headers.getSetCookie()).toEqual(['sid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax']);
    for (const url of urls) {
      for (const sid of old) {
        const thief = new Client(url);
        thief.cookies.set('sid', sid);
        const response = await thief.get('/session');
        expect([await response.json(), response.headers.getSetCookie()]).toEqual([ANONYMOUS, []]);
      }
    }
  });

  it('is carried in a header by a client without cookies, at any instance', async () => {
    const urls = [(await start({ transport: 'both' })).url, (await start({ transport: 'both' })).url];
    let token = '';
    const ask = async (nth: number, method: string, path: string, body?: object): Promise<Response> => {
      const response = await new Client(urls[nth]!).request(method, path, body, { 'x-session-token': token });
      token = response.headers.get('x-session-token') ?? token;
      expect(response.headers.getSetCookie()).toEqual([]);
      return response;
    };
    await ask(0, 'PUT', '/data/a', { value: 1 });
    await ask(1, 'POST', '/login', { user: 'ann' });
    await ask(0, 'PUT', '/data/b', { value: 'x'.repeat(2_300) });
    expect(token.length).toBeGreaterThan(3_300);
    expect(await (await ask(1, 'GET', '/session')).json()).toMatchObject({ principal: 'ann', data: { a: 1 } });
    const last = token;
    expect((await ask(0, 'POST', '/logout')).headers.get('x-session-token')).toBe('');
    token = last;
    expect(await (await ask(1, 'GET', '/session')).json()).toEqual(ANONYMOUS);
  });

  it('sealed with another secret, or for another purpose, is nobody', async () => {
    const mine = new Client((await start()).url);
    await put(mine, 'a', 1);
    for (const repository of [
      cookieSessions({ secrets: [randomBytes(36).toString('base64')], revocations: 'none' }),
      cookieSessions({ secrets, purpose: 'remember-me', revocations: 'none' }),
    ]) {
      const theirs = (await start({ repository })).url;
      expect(await read(mine.at(theirs))).toEqual(ANONYMOUS);
      const other = new Client(theirs);
      await put(other, 'a', 1);
      expect(await read(other.at(running[0]!.url))).toEqual(ANONYMOUS);
    }
  });

  it('that would be too large is 413, sets nothing, and the session stays as it was', async () => {
    const ann = new Client((await start()).url);
    await put(ann, 'first', 1);
    const sid = ann.cookies.get('sid');
    const refused = await put(ann, 'filler', 'x'.repeat(2_500));
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([413, []]);
    const said = (await refused.json()) as { message: string };
    expect(said.message).toBe('The session would take 2530 bytes, 2426 are allowed; nothing was stored');
    const login = await new Client(running[0]!.url).request('PUT', '/data/filler', { value: 'x'.repeat(3_000) });
    expect([login.status, login.headers.getSetCookie()]).toEqual([413, []]);
    expect(ann.cookies.get('sid')).toBe(sid);
    expect(await read(ann)).toMatchObject({ data: { first: 1 }, version: 1 });
  });

  it('that has no room for the name of who logs in is 413, and the visitor is who they were', async () => {
    const visitor = new Client((await start()).url);
    expect((await put(visitor, 'a', 'x'.repeat(2_426 - '1["a",2414]\n""'.length))).status).toBe(200);
    const login = await visitor.post('/login', { user: 'ann' });
    expect([login.status, login.headers.getSetCookie()]).toEqual([413, []]);
    expect(await login.json()).toMatchObject({ message: expect.stringContaining('2423 are allowed') as string });
    expect(await read(visitor)).toMatchObject({ principal: null, version: 1 });
  });

  it('fits into a Set-Cookie line below 4,000 bytes, with the longest name, domain and lifetime', async () => {
    const domain = `${'a'.repeat(61)}.`.repeat(4).slice(0, 247) + '.test';
    const name = `__Secure-${'n'.repeat(55)}`;
    const cookie = { name, domain, sameSite: 'strict', partitioned: true, persistent: true } as const;
    const { url } = await start({ cookie, absoluteTimeout: '400d', idleTimeout: '400d' });
    const response = await new Client(url).request('PUT', '/data/a', {
      value: 'x'.repeat(2_426 - '1["a",2414]\n""'.length),
    });
    const [line = ''] = response.headers.getSetCookie();
    expect(domain.length).toBeGreaterThanOrEqual(252);
    expect(/=([\w-]+);/.exec(line)?.[1]?.length).toBeGreaterThanOrEqual(3_498);
    expect(`Set-Cookie: ${line}\r\n`.length).toBeLessThan(4_000);
  });

  it('is not changed after the first byte, since nobody could be told: the answer breaks off', async () => {
    const ann = new Client((await start()).url);
    await put(ann, 'a', 1);
    const reading = ann.post('/late/change').then((response) => response.text());
    await expect(reading).rejects.toThrow('terminated');
    expect(await read(ann)).toMatchObject({ data: { a: 1 }, version: 1 });
  });

  it('is neither good nor dead while the revocations cannot be asked: 503, and it is kept', async () => {
    const ann = new Client((await start()).url);
    await ann.post('/login', { user: 'ann' });
    const cookies = new Map(ann.cookies);
    revocations.before = () => {
      throw new SessionStoreError('down');
    };
    for (const ask of [() => ann.get('/session'), () => put(ann, 'a', 1), () => ann.post('/logout')]) {
      const response = await ask();
      expect([response.status, response.headers.get('retry-after'), response.headers.getSetCookie()]).toEqual([
        503,
        '1',
        [],
      ]);
    }
    expect((await ann.get('/noop')).status).toBe(200);
    expect((await new Client(running[0]!.url).get('/session')).status).toBe(200);
    revocations.before = () => undefined;
    expect(ann.cookies).toEqual(cookies);
    expect(await read(ann)).toMatchObject({ principal: 'ann' });
  });
});
