import { type INestApplication, Logger } from '@nestjs/common';
import compression from 'compression';
import { memorySessions } from 'nestjs-shared-session/memory';
import { request as httpRequest, type Server } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Client } from '../support/client.js';
import { LabController } from '../instance/lab.controller.js';
import { ObservedRepository } from '../../libs/session/src/core/engine.fixture.js';
import { PLATFORMS, type RunningApp, startApp } from '../instance/platforms.js';
import { SessionEvents, SessionStoreError } from 'nestjs-shared-session';

const cookie = { insecure: true };

describe.each(PLATFORMS)('The response on %s', (platform) => {
  let running: RunningApp;
  let store: ObservedRepository;
  let ann: Client;

  async function start(configure?: (app: INestApplication) => void): Promise<void> {
    store = new ObservedRepository(memorySessions());
    running = await startApp(platform, { repository: store, cookie }, [LabController], configure);
    ann = new Client(running.url);
  }
  afterEach(async () => {
    vi.restoreAllMocks();
    await running.stop();
  });

  const data = async (): Promise<Record<string, unknown>> =>
    ((await (await ann.get('/session')).json()) as { data: Record<string, unknown> }).data;

  it('leaves only after the commit, so a redirect reads back', async () => {
    await start();
    let stored = false;
    store.after = async (method) => {
      if (method !== 'save') return;
      await new Promise((resolve) => setTimeout(resolve, 30));
      stored = true;
    };
    const response = await ann.post('/redirect');
    expect([response.status, response.headers.get('location'), stored]).toEqual([303, '/session', true]);
    expect(await data()).toEqual({ redirected: true });
  });

  it('of a handler that failed with 500 saves nothing, with 400 it saves', async () => {
    await start();
    await ann.request('PUT', '/data/a', { value: 1 });
    expect((await ann.post('/throw/plain')).status).toBe(500);
    expect((await ann.post('/throw/503')).status).toBe(503);
    expect(await data()).toEqual({ a: 1 });
    expect((await ann.post('/throw/400')).status).toBe(400);
    expect(await data()).toEqual({ a: 1, thrown: '400' });
  });

  it('of a handler that logged in and then failed still brings the new token: the old one is dead', async () => {
    await start();
    await ann.request('PUT', '/data/a', { value: 1 });
    expect((await ann.post('/login-then-throw')).status).toBe(500);
    expect(await (await ann.get('/session')).json()).toMatchObject({ principal: 'ann', data: { a: 1 } });
  });

  it('keeps the headers of the handler beside ours', async () => {
    await start();
    const response = await ann.post('/own-headers');
    expect(response.headers.getSetCookie()).toEqual(['other=1', expect.stringMatching(/^sid=/)]);
    expect(response.headers.get('vary')?.split(', ').toSorted()).toEqual(['Cookie', 'Origin']);
    expect(response.headers.get('cache-control')).toBe('private');
  });

  it.each(['flat', 'object', 'set'])('keeps them when they are given to writeHead: %s', async (form) => {
    await start();
    const response = await ann.post(`/write-head/${form}`);
    expect([response.status, await response.text(), response.headers.get('x-a')]).toEqual([201, 'done', '1']);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2', expect.stringMatching(/^sid=/)]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('vary')).toBe(form === 'object' ? 'Origin, Cookie' : 'Cookie');
    expect(await data()).toEqual({ form });
  });

  it('may be flushed, streamed with back pressure, or sent as events', async () => {
    await start();
    expect(await (await ann.post('/flush')).text()).toBe('one two');
    expect((await (await ann.post('/pipe')).text()).length).toBe(1_000_000);
    expect(await (await ann.get('/events')).text()).toContain('data: two');
    expect(await data()).toEqual({ flushed: 1, piped: 1, sse: 1 });
  });

  it('says that it was sent while it is held, and sends one head', async () => {
    await start();
    store.before = () => new Promise((resolve) => setTimeout(resolve, 20));
    const { trailers } = await rawPost(`${running.url}/look`);
    expect(trailers).toEqual({ 'x-sent': 'true' });
  });

  it('is not lost when the server that holds it stops: its connection does not idle', async () => {
    await start();
    const server = running.app.getHttpServer() as Server;
    store.after = async (method) => {
      // The handler has ended its response by now.
      if (method === 'save') server.closeIdleConnections();
    };
    expect((await ann.request('PUT', '/data/a', { value: 1 })).status).toBe(200);
  });

  it('answers HEAD with the head alone', async () => {
    await start();
    await ann.request('PUT', '/data/a', { value: 1 });
    const response = await ann.request('HEAD', '/session');
    expect([response.status, await response.text(), response.headers.get('vary')]).toEqual([200, '', 'Cookie']);
  });

  it('that had begun saves later changes of a stored session when it ends', async () => {
    await start();
    await ann.request('PUT', '/data/a', { value: 1 });
    expect(await (await ann.post('/late/change')).text()).toBe('begun ended');
    expect(await data()).toEqual({ a: 1, late: 'change' });
    expect(await (await ann.post('/late/login')).text()).toBe('begun SessionTooLateError');
  });

  it('that had begun is aborted when what came later cannot be stored, and an event tells', async () => {
    await start();
    const failed: object[] = [];
    running.app.get(SessionEvents).on('lateSaveFailed', (detail) => failed.push(detail));
    await expect(ann.post('/late/create').then((response) => response.text())).rejects.toThrow();
    expect(failed).toEqual([{ handle: undefined, reason: expect.stringContaining('A new session') as string }]);
    expect(await data()).toEqual({});
  });

  it('with a head that Node refuses ends its own connection and nothing else', async () => {
    await start();
    const said = vi.spyOn(Logger, 'error').mockReturnValue(undefined);
    const outcome = await ann.post('/bad-head').then(
      (response) => response.status,
      () => 'connection closed',
    );
    expect(outcome).toBe('connection closed');
    expect(said.mock.calls).toEqual([[expect.stringContaining('ERR_INVALID_CHAR'), 'SessionModule']]);
    expect((await ann.get('/noop')).status).toBe(200);
  });

  it("of a failed commit is our error: without what described the handler's body, with what holds for any answer", async () => {
    await start((app) => app.enableCors({ origin: [/shop\.example$/], credentials: true }));
    await ann.request('PUT', '/data/a', { value: 1 });
    store.before = (method) => {
      if (method === 'save') throw new SessionStoreError('down');
    };
    // Handlers that write to Node's response go past what Fastify's CORS has set, with or without a session.
    const paths = platform === 'express' ? ['/write-head/object', '/flush', '/pipe'] : [];
    for (const path of ['/redirect', '/throw/400', ...paths]) {
      const response = await ann.post(path, {}, { origin: 'https://shop.example' });
      expect([path, response.status]).toEqual([path, 503]);
      expect(await response.json()).toEqual({
        statusCode: 503,
        error: 'Service Unavailable',
        message: expect.any(String) as string,
      });
      expect(response.headers.get('retry-after')).toBe('1');
      expect(response.headers.get('location')).toBeNull();
      expect(response.headers.get('access-control-allow-origin')).toBe('https://shop.example');
      expect(response.headers.get('vary')).toContain('Origin');
      expect(response.headers.get('vary')).toContain('Cookie');
      expect(response.headers.getSetCookie().filter((line) => line.startsWith('sid'))).toEqual([]);
    }
    store.before = () => undefined;
    expect(await data()).toEqual({ a: 1 });
  });

  it('of a client that went away does not keep the commit from being made', async () => {
    await start();
    await ann.request('PUT', '/data/a', { value: 1 });
    const gone = new AbortController();
    store.before = (method) => {
      if (method === 'save') gone.abort();
    };
    const sid = ann.cookies.get('sid')!;
    await expect(
      fetch(`${running.url}/redirect`, { method: 'POST', headers: { cookie: `sid=${sid}` }, signal: gone.signal }),
    ).rejects.toThrow();
    store.before = () => undefined;
    await expect.poll(data).toEqual({ a: 1, redirected: true });
  });

  it('of a route without a session has nothing of ours, and costs no store call', async () => {
    await start();
    await ann.request('PUT', '/data/a', { value: 1 });
    store.calls.length = 0;
    const response = await ann.get('/noop');
    expect(response.headers.get('vary')).toBeNull();
    expect(store.calls).toEqual([]);
  });

  it('is the same session wherever in the request it is opened, also by the request alone', async () => {
    await start();
    expect(await (await ann.get('/through-service')).json()).toEqual({ same: true });
    await ann.post('/by-request-alone');
    expect(await data()).toEqual({ alone: 1 });
  });

  if (platform === 'express') {
    it('may be compressed by a middleware before the gate, streams included', async () => {
      await start((app) => app.use(compression({ threshold: 0 })));
      for (const path of ['/pipe', '/flush', '/redirect']) {
        const response = await ann.post(path, {}, { 'accept-encoding': 'gzip' });
        const text = await response.text();
        if (path === '/pipe')
          expect([text.length, response.headers.get('content-encoding')]).toEqual([1_000_000, 'gzip']);
      }
      expect(await data()).toEqual({ flushed: 1, piped: 1, redirected: true });
      store.before = (method) => {
        if (method === 'save') throw new SessionStoreError('down');
      };
      const refused = await ann.request('PUT', '/data/a', { value: 1 }, { 'accept-encoding': 'gzip' });
      expect([refused.status, ((await refused.json()) as { statusCode: number }).statusCode]).toEqual([503, 503]);
      const late = ann.post('/late/change', {}, { 'accept-encoding': 'gzip' });
      await expect(late.then((response) => response.text())).rejects.toThrow();
    });
  }
});

function rawPost(url: string): Promise<{ trailers: NodeJS.Dict<string> }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', headers: { te: 'trailers' } }, (response) => {
      response.resume().on('end', () => resolve({ trailers: response.trailers }));
    });
    request.on('error', reject).end();
  });
}
