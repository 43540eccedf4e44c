import { Controller, Param, Post, Res } from '@nestjs/common';
import { Session, SessionStoreError } from 'nestjs-shared-session';
import { memorySessions } from 'nestjs-shared-session/memory';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservedRepository } from '../../libs/session/src/core/engine.fixture.js';
import { LabController } from '../instance/lab.controller.js';
import { PLATFORMS, type RunningApp, startApp } from '../instance/platforms.js';
import { Client } from '../support/client.js';

type AnyResponse = ServerResponse & { raw?: ServerResponse; hijack?: () => void };

/** Handlers that go on changing the session after they began to answer. */
const HANDLERS: Record<
  string,
  (session: Session, raw: ServerResponse, slow: () => Promise<void>) => Promise<void> | void
> = {
  'between head and end': (session, raw) => {
    raw.writeHead(200);
    session.data['late'] = 1;
    raw.end();
  },
  'while the first part is held': (session, raw) => {
    session.data['early'] = 1;
    raw.write('x');
    session.data['late'] = 1;
    raw.end('y');
  },
  'while the first part is held, later': async (session, raw, slow) => {
    session.data['early'] = 1;
    raw.write('x');
    await slow();
    session.data['late'] = 1;
    raw.end('y');
  },
  'while the end is held': async (session, raw, slow) => {
    raw.writeHead(200);
    raw.write('x');
    session.data['early'] = 1;
    raw.end('y');
    await slow();
    session.data['late'] = 1;
  },
};

@Controller()
class LateController {
  @Post('late-change/:name')
  async change(@Session() session: Session, @Param('name') name: string, @Res() response: AnyResponse): Promise<void> {
    response.hijack?.();
    await HANDLERS[name]?.(session, response.raw ?? response, () => new Promise((resolve) => setImmediate(resolve)));
  }

  @Post('failed-stream')
  async failedStream(@Session() session: Session, @Res() response: AnyResponse): Promise<void> {
    response.hijack?.();
    const raw = response.raw ?? response;
    raw.writeHead(500);
    raw.write('failed');
    await new Promise(setImmediate);
    session.data['late'] = 1;
    raw.end();
  }

  @Post('forgotten-logout')
  forgotten(@Session() session: Session): object {
    void session.logout();
    return { out: true };
  }

  @Post('waiting-for-write')
  async waiting(@Session() session: Session, @Res() response: AnyResponse): Promise<void> {
    response.hijack?.();
    const raw = response.raw ?? response;
    session.data['a'] = 2;
    await new Promise<void>((resolve) => raw.write('x', () => resolve()));
    told.push('written');
    raw.end();
  }
}

const told: string[] = [];

describe.each(PLATFORMS)('On %s', (platform) => {
  let running: RunningApp;
  let store: ObservedRepository;
  let ann: Client;

  async function start(): Promise<void> {
    store = new ObservedRepository(memorySessions());
    const options = { repository: store, cookie: { insecure: true } };
    running = await startApp(platform, options, [LabController, LateController]);
    ann = new Client(running.url);
    await ann.request('PUT', '/data/a', { value: 1 });
  }
  afterEach(() => running.stop());
  const data = async (): Promise<object> => ((await (await ann.get('/session')).json()) as { data: object }).data;

  it.each(Object.keys(HANDLERS))('a change that is made %s is stored before the response ends', async (name) => {
    await start();
    // Long enough for the handler to go on while the store is busy.
    store.before = async (method) => {
      if (method === 'save') for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    };
    const response = await ann.post(`/late-change/${encodeURIComponent(name)}`);
    await response.text();
    expect(await data()).toMatchObject({ a: 1, late: 1 });
  });

  it('a stream that began with status 500 saves nothing at its end either', async () => {
    await start();
    expect(await (await ann.post('/failed-stream')).text()).toBe('failed');
    expect(await data()).toEqual({ a: 1 });
  });

  it('a logout that nobody awaited and that fails while the response waits for it is no success', async () => {
    await start();
    store.before = (method) => {
      if (method === 'destroy') throw new SessionStoreError('down');
    };
    const response = await ann.post('/forgotten-logout');
    expect([response.status, response.headers.getSetCookie()]).toEqual([503, []]);
    expect(await data()).toEqual({ a: 1 });
  });

  it('a handler that waits for a part to be written goes on when the response was refused instead', async () => {
    await start();
    told.length = 0;
    store.before = (method) => {
      if (method === 'save') throw new SessionStoreError('down');
    };
    expect((await ann.post('/waiting-for-write')).status).toBe(503);
    await expect.poll(() => told).toEqual(['written']);
  });
});
