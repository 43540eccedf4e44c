import { type SessionCookieOptions, SessionEvents, type SessionModuleOptions } from 'nestjs-shared-session';
import { memorySessions } from 'nestjs-shared-session/memory';
import { laggingSessions } from 'nestjs-shared-session/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Logger } from '@nestjs/common';
import { ObservedRepository } from '../../libs/session/src/core/engine.fixture.js';
import { Client } from '../support/client.js';
import { LabController } from '../instance/lab.controller.js';
import { PLATFORMS, type RunningApp, startApp } from '../instance/platforms.js';

describe.each(PLATFORMS)('On %s', (platform) => {
  let running: RunningApp;
  let store: ObservedRepository;

  async function start(options: Partial<SessionModuleOptions> = {}): Promise<Client> {
    store = new ObservedRepository(memorySessions());
    running = await startApp(platform, { repository: store, cookie: { insecure: true }, ...options }, [LabController]);
    return new Client(running.url);
  }
  const startWithCookie = (cookie: SessionCookieOptions): Promise<Client> => start({ cookie });
  const write = (client: Client, headers?: Record<string, string>): Promise<Response> =>
    client.request('PUT', '/data/a', { value: 1 }, headers);

  afterEach(async () => {
    vi.restoreAllMocks();
    await running.stop();
  });

  describe('the cookie', () => {
    it('is __Host-, Secure, HttpOnly, SameSite=Lax, of the whole host and of the browser session, unless said otherwise', async () => {
      vi.spyOn(Logger, 'warn').mockReturnValue(undefined);
      const [line] = (await write(await startWithCookie({}))).headers.getSetCookie();
      expect(line?.replace(/=[\w-]{43}/, '=…')).toBe('__Host-sid=…; Path=/; HttpOnly; Secure; SameSite=Lax');
    });

    it('follows its options', async () => {
      vi.spyOn(Logger, 'warn').mockReturnValue(undefined);
      const client = await startWithCookie({
        domain: 'example.com',
        path: '/data',
        sameSite: 'none',
        partitioned: true,
        persistent: true,
      });
      const [line] = (await write(client)).headers.getSetCookie();
      expect(line?.replace(/=[\w-]{43}/, '=…')).toBe(
        '__Secure-sid=…; Max-Age=1800; Domain=example.com; Path=/data; HttpOnly; Secure; Partitioned; SameSite=None',
      );
    });

    it('is not set by a look, and set again only with a new id', async () => {
      const ann = await start();
      expect((await ann.get('/session')).headers.getSetCookie()).toEqual([]);
      expect((await write(ann)).headers.getSetCookie()).toHaveLength(1);
      expect((await ann.request('PUT', '/data/b', { value: 1 })).headers.getSetCookie()).toEqual([]);
      const login = await ann.post('/login', { user: 'ann' });
      expect(login.headers.getSetCookie()).toHaveLength(1);
      expect(login.headers.get('cache-control')).toBe('no-store');
    });

    it('that outlives the browser is renewed by a touch', async () => {
      const ann = await start({ cookie: { insecure: true, persistent: true }, idleTimeout: '10s', touchAfter: 0 });
      await write(ann);
      const response = await ann.get('/session');
      expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^sid=[\w-]{43}; Max-Age=10;/)]);
    });

    it('is cleared with the attributes it was set with, by the request that ended the session and by no other', async () => {
      const ann = await start();
      await write(ann);
      const sid = ann.cookies.get('sid')!;
      expect((await ann.post('/logout')).headers.getSetCookie()).toEqual([
        'sid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
      ]);
      for (const path of ['/session', '/noop']) {
        expect((await ann.get(path, { cookie: `sid=${sid}` })).headers.getSetCookie()).toEqual([]);
      }
      expect((await ann.post('/logout', {}, { cookie: `sid=${sid}` })).headers.getSetCookie()).toEqual([]);
    });

    it.each([
      ['two different values', (sid: string) => `sid=${sid}; sid=${'x'.repeat(43)}`, []],
      ['two different values, ours last', (sid: string) => `sid=${'x'.repeat(43)}; sid=${sid}`, []],
      ['a value that can be no token', (sid: string) => `sid=${sid}"%00`, ['load']],
      ['an oversized value', () => `sid=${'x'.repeat(5_000)}`, []],
      ['an empty value', () => 'sid=', []],
      ["a token with another id's length", (sid: string) => `sid=${sid}x`, ['load']],
      ['a name that only looks like ours', (sid: string) => `xsid=${sid}; SID=${sid}; sid2=${sid}`, []],
      ['nonsense', () => ';;==;sid;=sid;\u00e9', []],
      ['a path', () => 'sid=../../../../etc/passwd', ['load']],
    ])("with %s is no session, nobody's error, and not worth more than a look", async (_, cookieOf, calls) => {
      const ann = await start();
      await write(ann);
      store.calls.length = 0;
      const cookie = cookieOf(ann.cookies.get('sid')!);
      const response = await new Client(running.url).get('/session', { cookie });
      expect([response.status, await response.json()]).toEqual([
        200,
        { data: {}, isNew: true, principal: null, version: 0 },
      ]);
      expect(store.calls).toEqual(calls);
    });

    it('that comes twice with the same value is the session', async () => {
      const ann = await start();
      await write(ann);
      const sid = ann.cookies.get('sid')!;
      const response = await new Client(running.url).get('/session', { cookie: `a=1; sid=${sid};b=2 ; sid=${sid}` });
      expect(await response.json()).toMatchObject({ data: { a: 1 } });
    });

    it('with an id that nobody gave out is never adopted', async () => {
      const ann = await start();
      ann.cookies.set('sid', 'A'.repeat(43));
      await write(ann);
      expect(ann.cookies.get('sid')).not.toBe('A'.repeat(43));
      expect(store.calls).toEqual(['load', 'save']);
    });

    it('that browsers would drop is reported once, with the likely cause', async () => {
      const warn = vi.spyOn(Logger, 'warn').mockReturnValue(undefined);
      const ann = await startWithCookie({});
      await write(ann);
      await write(new Client(running.url));
      expect(warn.mock.calls.filter(([message]) => String(message).includes('plain HTTP'))).toHaveLength(1);
    });
  });

  describe('the header', () => {
    it('carries the session of a client without cookies, asked for by sending it empty', async () => {
      const ann = await start({ transport: 'both' });
      const created = await write(ann, { 'x-session-token': '' });
      expect(created.headers.getSetCookie()).toEqual([]);
      const token = created.headers.get('x-session-token')!;
      expect([created.headers.get('vary'), created.headers.get('cache-control')]).toEqual([
        'Cookie, X-Session-Token',
        'no-store',
      ]);
      const read = await ann.get('/session', { 'x-session-token': token });
      expect(await read.json()).toMatchObject({ data: { a: 1 } });
      expect(read.headers.get('x-session-token')).toBeNull();
      const ended = await ann.post('/logout', {}, { 'x-session-token': token });
      expect([ended.headers.get('x-session-token'), ended.headers.getSetCookie()]).toEqual(['', []]);
    });

    it('never shows a token that a cookie brought', async () => {
      const ann = await start({ transport: 'both' });
      await write(ann);
      const sid = ann.cookies.get('sid')!;
      for (const header of ['', sid]) {
        const login = await ann.post(
          '/login',
          { user: 'ann' },
          { cookie: `sid=${ann.cookies.get('sid')!}`, 'x-session-token': header && ann.cookies.get('sid')! },
        );
        expect(login.headers.get('x-session-token')).toBeNull();
        expect(login.headers.getSetCookie()).toHaveLength(1);
      }
    });

    it('that names another session than the cookie is a bad request', async () => {
      const ann = await start({ transport: 'both' });
      await write(ann);
      const response = await ann.get('/session', { 'x-session-token': 'B'.repeat(43) });
      expect(response.status).toBe(400);
    });

    it('and the cookie are each other no rival where one of them can be no token', async () => {
      const ann = await start({ transport: 'both' });
      await write(ann);
      const sid = ann.cookies.get('sid')!;
      const leftOver = 'sid=s%3Aabc.def';
      const other = new Client(running.url);
      const inHeader = await other.get('/session', { cookie: leftOver, 'x-session-token': sid });
      expect(await inHeader.json()).toMatchObject({ data: { a: 1 } });
      const inCookie = await other.get('/session', { cookie: `sid=${sid}`, 'x-session-token': 'Bearer abc' });
      expect(await inCookie.json()).toMatchObject({ data: { a: 1 } });
      const asked = await write(other, { cookie: leftOver, 'x-session-token': '' });
      expect([asked.headers.get('x-session-token'), asked.headers.getSetCookie()]).toEqual([expect.any(String), []]);
    });

    it('is the only way where cookies are switched off, and ignored where headers are', async () => {
      const ann = await start({ transport: 'header' });
      const created = await write(ann);
      expect([created.headers.getSetCookie(), created.headers.get('vary')]).toEqual([[], 'X-Session-Token']);
      const token = created.headers.get('x-session-token')!;
      expect(await (await ann.get('/session', { cookie: `sid=${token}` })).json()).toMatchObject({ isNew: true });
      await running.stop();
      const bob = await start();
      await write(bob);
      const sid = bob.cookies.get('sid')!;
      expect(await (await new Client(running.url).get('/session', { 'x-session-token': sid })).json()).toMatchObject({
        isNew: true,
      });
    });
  });

  describe('the version that the client has seen', () => {
    it('travels in a second cookie where reads may come from a copy, and nothing older is answered', async () => {
      const authority = memorySessions();
      const ann = await start({ repository: laggingSessions(authority) });
      const other = await startApp(platform, { repository: laggingSessions(authority), cookie: { insecure: true } }, [
        LabController,
      ]);
      try {
        await write(ann);
        expect(await (await ann.at(other.url).get('/session')).json()).toMatchObject({ version: 1 });
        const second = await ann.at(running.url).request('PUT', '/data/b', { value: 2 });
        expect(second.headers.getSetCookie()).toEqual([expect.stringMatching(/^sid-v=[\w-]{8}\.2; Path/)]);
        const withoutFloor = { cookie: `sid=${ann.cookies.get('sid')!}` };
        expect(await (await new Client(other.url).get('/session', withoutFloor)).json()).toMatchObject({ version: 1 });
        expect(await (await ann.at(other.url).get('/session')).json()).toMatchObject({
          data: { a: 1, b: 2 },
          version: 2,
        });
      } finally {
        await other.stop();
      }
    });

    it('is a hint: nonsense is ignored, and one ahead of the store is answered and reported', async () => {
      const ann = await start({ repository: laggingSessions(memorySessions()) });
      await write(ann);
      const seen: object[] = [];
      running.app.get(SessionEvents).on('rollbackSeen', (detail) => seen.push(detail));
      const honest = ann.cookies.get('sid-v')!;
      for (const floor of ['xxxxxxxx.99', 'nonsense', '', '.', `${honest.slice(0, 8)}.-1`]) {
        ann.cookies.set('sid-v', floor);
        expect(await (await ann.get('/session')).json()).toMatchObject({ data: { a: 1 } });
      }
      expect(seen).toEqual([]);
      ann.cookies.set('sid-v', `${honest.slice(0, 8)}.99`);
      for (let request = 0; request < 3; request += 1) {
        expect(await (await ann.get('/session')).json()).toMatchObject({ data: { a: 1 } });
      }
      expect(seen).toEqual([{ handle: expect.any(String) as string, presented: 99, stored: 1 }]);
    });
  });
});
