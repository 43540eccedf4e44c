import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { LOOPBACK } from '../loopback.js';
import { Forwarder } from './forwarder.js';
import type { Upstream } from './rotation.js';

const servers: Server[] = [];
let forwarded: Promise<void> | undefined;

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await once(server.listen(0, LOOPBACK), 'listening');
  return (server.address() as AddressInfo).port;
}

/** A balancer in front of real servers that answer as told; answers its port. */
async function balance(...listeners: RequestListener[]): Promise<number> {
  const upstreams: Upstream[] = [];
  for (const [index, listener] of listeners.entries()) {
    const url = `http://${LOOPBACK}:${await serve(listener)}`;
    const agents = { repeatables: new Agent({ keepAlive: true }), others: new Agent({ keepAlive: true }) };
    upstreams.push({ name: String.fromCharCode(65 + index), url, ...agents });
  }
  const forwarder = new Forwarder({ next: (except) => upstreams.find((upstream) => !except.has(upstream)) });
  return serve((incoming, response) => {
    forwarded = forwarder.forward(incoming, response);
  });
}

interface Got {
  readonly head: IncomingMessage;
  readonly text: string;
}

async function send(port: number, method: string, body = '', headers: Record<string, string> = {}): Promise<Got> {
  const outgoing = request({
    port,
    host: LOOPBACK,
    method,
    path: '/some%2Fpath?a=1',
    headers: { 'Content-Length': body.length, ...headers },
  });
  outgoing.end(body);
  const [head] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of head) text += String(chunk);
  return { head, text };
}

const hangUp: RequestListener = (incoming) => incoming.socket.destroy();
const echo: RequestListener = (incoming, response) => {
  response.setHeader('Set-Cookie', ['a=1', 'b=2']);
  response.end(JSON.stringify({ url: incoming.url, headers: incoming.headers }));
};

test('The path arrives as it was sent, and every cookie goes back', async () => {
  const { head, text } = await send(await balance(echo), 'GET');
  expect(JSON.parse(text)).toMatchObject({ url: '/some%2Fpath?a=1' });
  expect(head.headers['set-cookie']).toEqual(['a=1', 'b=2']);
});

test('How long a connection is kept is between the client and the balancer', async () => {
  const port = await balance((_, response) => {
    response.setHeader('Connection', 'close');
    response.setHeader('Keep-Alive', 'timeout=1000');
    response.end();
  });
  const { head } = await send(port, 'GET', '', { Connection: 'keep-alive' });
  expect(head.headers).toMatchObject({ connection: 'keep-alive' });
  expect(head.headers).not.toHaveProperty('keep-alive');
});

test('An instance learns who asks for what, whatever the client says of itself', async () => {
  const port = await balance(echo);
  const lies = { 'X-Forwarded-For': '10.0.0.1', 'X-Forwarded-Proto': 'https', Forwarded: 'for=10.0.0.1' };
  const { text } = await send(port, 'GET', '', { Host: 'shop.example:8080', ...lies });
  expect(JSON.parse(text).headers).toMatchObject({
    host: 'shop.example:8080',
    'x-forwarded-for': LOOPBACK,
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'shop.example:8080',
    'x-forwarded-port': '8080',
  });
  expect(JSON.parse(text).headers).not.toHaveProperty('forwarded');
});

test.each(['GET', 'HEAD'])('%s goes to the next instance when one hangs up', async (method) => {
  const { head } = await send(await balance(hangUp, hangUp, echo), method);
  expect(head.statusCode).toBe(200);
});

test.each([
  ['POST', '{}'],
  ['POST', ''],
  ['PUT', '{}'],
  ['DELETE', ''],
  ['OPTIONS', ''],
])('%s is sent once, and 502 when it was not answered: %j', async (method, body) => {
  let asked = 0;
  const port = await balance(hangUp, (incoming, response) => {
    asked += 1;
    echo(incoming, response);
  });
  const { head, text } = await send(port, method, body);
  expect(head.statusCode).toBe(502);
  expect(JSON.parse(text)).toEqual({
    statusCode: 502,
    error: 'Bad Gateway',
    message: expect.stringContaining('Instance A'),
  });
  expect(asked).toBe(0);
});

test('A GET with a body is sent once', async () => {
  const { head } = await send(await balance(hangUp, echo), 'GET', 'body');
  expect(head.statusCode).toBe(502);
});

test('When nobody answers a GET it is 502, naming everybody', async () => {
  const { head, text } = await send(await balance(hangUp, hangUp), 'GET');
  expect(head.statusCode).toBe(502);
  expect(text).toContain('Instance A, B');
});

test('A connection is good for the next request after an upload that nobody took', async () => {
  const port = await balance(hangUp);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set();
  for (let count = 0; count < 3; count += 1) {
    const outgoing = request({ port, host: LOOPBACK, method: 'POST', agent });
    outgoing.on('socket', (socket) => sockets.add(socket));
    outgoing.end(Buffer.alloc(2_000_000));
    const [head] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(head.statusCode).toBe(502);
    await head.resume().toArray();
  }
  expect(sockets.size).toBe(1);
  agent.destroy();
});

test('Head and chunks go on as they come', async () => {
  let go: (() => void) | undefined;
  const port = await balance((_, response) => {
    response.flushHeaders();
    go = () =>
      response.writableLength === 0 && response.headersSent && !response.writableEnded ? response.write('one') : 0;
  });
  const outgoing = request({ port, host: LOOPBACK }).end();
  const [head] = (await once(outgoing, 'response')) as [IncomingMessage];
  go?.();
  const [chunk] = (await once(head, 'data')) as [Buffer];
  expect(chunk.toString()).toBe('one');
  outgoing.destroy();
});

test('A body goes on as it comes', async () => {
  let arrived: ((chunk: string) => void) | undefined;
  const first = new Promise<string>((resolve) => (arrived = resolve));
  const port = await balance((incoming) => incoming.on('data', (chunk: Buffer) => arrived?.(chunk.toString())));
  const outgoing = request({ port, host: LOOPBACK, method: 'POST' });
  outgoing.on('error', () => {});
  outgoing.write('one');
  expect(await first).toBe('one');
  outgoing.destroy();
});

test('When the client goes, the instance is told', async () => {
  let gone: (() => void) | undefined;
  const left = new Promise<void>((resolve) => (gone = resolve));
  const port = await balance((_, response) => {
    response.on('close', () => gone?.());
    response.write('one');
  });
  const outgoing = request({ port, host: LOOPBACK }).end();
  await once(outgoing, 'response');
  outgoing.destroy();
  await expect(left).resolves.toBeUndefined();
});

test('When the client goes before an answer, nobody else is asked', async () => {
  let gone: (() => void) | undefined;
  const left = new Promise<void>((resolve) => (gone = resolve));
  let asked = 0;
  let arrived: (() => void) | undefined;
  const waiting = new Promise<void>((resolve) => (arrived = resolve));
  const port = await balance(
    (_, response) => {
      response.on('close', () => gone?.());
      arrived?.();
    },
    () => (asked += 1),
  );
  const outgoing = request({ port, host: LOOPBACK }).end();
  outgoing.on('error', () => {});
  await waiting;
  outgoing.destroy();
  await left;
  await forwarded;
  expect(asked).toBe(0);
});

test('An answer that breaks off breaks off for the client, too, and is not asked for again', async () => {
  let asked = 0;
  const breakOff: RequestListener = (_, response) => {
    response.writeHead(200, { 'Content-Length': '100' });
    response.write('one', () => response.destroy());
  };
  const port = await balance(breakOff, () => (asked += 1));
  await expect(send(port, 'GET')).rejects.toThrow('aborted');
  expect(asked).toBe(0);
});
