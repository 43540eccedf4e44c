import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FaultProxy } from './fault-proxy.js';
import { listenOnLoopback, LOOPBACK } from './loopback.js';

/** Answers every line with the same line, and remembers what it heard. */
class EchoServer {
  heard = '';
  private readonly server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      this.heard += bytes.toString();
      socket.write(bytes);
    });
  });

  start(): Promise<number> {
    return listenOnLoopback(this.server, 0);
  }

  stop(): void {
    this.server.close();
  }
}

/** A client's end of a connection, with everything that came back. */
class Client {
  answer = '';
  ended: string | undefined;
  private readonly socket: Socket;

  constructor(port: number) {
    this.socket = connect({ port, host: LOOPBACK });
    this.socket.on('data', (bytes) => (this.answer += bytes.toString()));
    this.socket.on('error', (error: NodeJS.ErrnoException) => (this.ended = error.code));
    this.socket.on('close', () => (this.ended ??= 'closed'));
  }

  static async open(port: number): Promise<Client> {
    const client = new Client(port);
    await once(client.socket, 'connect');
    return client;
  }

  say(words: string): void {
    this.socket.write(words);
  }

  close(): void {
    this.socket.destroy();
  }
}

describe('a fault proxy', () => {
  let echo: EchoServer;
  let proxy: FaultProxy;
  beforeEach(async () => {
    echo = new EchoServer();
    proxy = await FaultProxy.start(await echo.start());
  });
  afterEach(async () => {
    await proxy.stop();
    echo.stop();
  });

  it('passes bytes both ways and counts them', async () => {
    const client = await Client.open(proxy.port);
    client.say('hello');
    await vi.waitFor(() => expect(client.answer).toBe('hello'));
    expect(proxy).toMatchObject({ connections: 1, openConnections: 1, commandBytes: 5, answerBytes: 5 });
    client.close();
    await vi.waitFor(() => expect(proxy.openConnections).toBe(0));
    expect(proxy).toMatchObject({ connections: 1, commandBytes: 5, answerBytes: 5 });
  });

  it('refuses: open connections are closed, new ones are not accepted, and the port is the same afterwards', async () => {
    const { port } = proxy;
    const before = await Client.open(port);
    await vi.waitFor(() => expect(proxy.openConnections).toBe(1));
    await proxy.set({ kind: 'refuse' });
    await vi.waitFor(() => expect(before.ended).toBe('closed'));
    const during = new Client(port);
    await vi.waitFor(() => expect(during.ended).toBe('ECONNREFUSED'));
    await proxy.heal();
    const after = await Client.open(port);
    after.say('hello');
    await vi.waitFor(() => expect(after.answer).toBe('hello'));
  });

  it('resets open and new connections', async () => {
    const before = await Client.open(proxy.port);
    before.say('hello');
    await vi.waitFor(() => expect(before.answer).toBe('hello'));
    await proxy.set({ kind: 'reset' });
    await vi.waitFor(() => expect(before.ended).toBe('ECONNRESET'));
    const during = new Client(proxy.port);
    during.say('hello');
    await vi.waitFor(() => expect(during.ended).toMatch(/ECONNRESET|EPIPE/));
    expect(echo.heard).toBe('hello');
  });

  it('swallows bytes, and a connection that lost some stays dead while new ones live', async () => {
    const lost = await Client.open(proxy.port);
    await proxy.set({ kind: 'black-hole' });
    lost.say('lost');
    await vi.waitFor(() => expect(proxy.swallowedBytes).toBe(4));
    await proxy.heal();
    lost.say('still lost');
    const fresh = await Client.open(proxy.port);
    fresh.say('hello');
    await vi.waitFor(() => expect(fresh.answer).toBe('hello'));
    await vi.waitFor(() => expect(proxy.swallowedBytes).toBe(14));
    expect(lost.answer).toBe('');
    expect(echo.heard).toBe('hello');
  });

  it('delays one direction, in order, and delivers at once when the fault is over', async () => {
    const client = await Client.open(proxy.port);
    await proxy.set({ kind: 'delay', ms: 150, direction: 'answers' });
    const start = performance.now();
    client.say('one ');
    await vi.waitFor(() => expect(echo.heard).toBe('one '));
    client.say('two');
    await vi.waitFor(() => expect(client.answer).toBe('one two'));
    expect(performance.now() - start).toBeGreaterThanOrEqual(149);

    await proxy.set({ kind: 'delay', ms: 60_000 });
    client.say(', three');
    await vi.waitFor(() => expect(proxy.waitingBytes).toBe(7));
    await proxy.heal();
    await vi.waitFor(() => expect(client.answer).toBe('one two, three'));
  });

  it('holds one direction back until told to go on', async () => {
    const client = await Client.open(proxy.port);
    await proxy.set({ kind: 'hold', direction: 'answers' });
    client.say('hello');
    await vi.waitFor(() => expect(echo.heard).toBe('hello'));
    await vi.waitFor(() => expect(proxy.waitingBytes).toBe(5));
    expect(client.answer).toBe('');
    await proxy.heal();
    await vi.waitFor(() => expect(client.answer).toBe('hello'));
  });

  it('lets commands through and drops the connection instead of the answer', async () => {
    const client = await Client.open(proxy.port);
    await proxy.set({ kind: 'drop-answers' });
    client.say('hello');
    await vi.waitFor(() => expect(client.ended).toBe('closed'));
    expect(echo.heard).toBe('hello');
    expect(client.answer).toBe('');
  });

  it('cuts the connection in the middle of an answer', async () => {
    const client = await Client.open(proxy.port);
    await proxy.set({ kind: 'cut-answers', bytes: 3 });
    client.say('hello');
    await vi.waitFor(() => expect(client.ended).toBe('closed'));
    expect(client.answer).toBe('hel');
  });

  it('moves on to another server, and keeps the connections that are open to the one before', async () => {
    const other = new EchoServer();
    const before = await Client.open(proxy.port);
    before.say('a');
    await vi.waitFor(() => expect(before.answer).toBe('a'));
    proxy.moveTo(await other.start());
    const after = await Client.open(proxy.port);
    after.say('new');
    before.say('nd');
    await vi.waitFor(() => expect([before.answer, after.answer]).toEqual(['and', 'new']));
    expect([echo.heard, other.heard]).toEqual(['and', 'new']);
    other.stop();
  });

  it('closes a client whose server is gone', async () => {
    const lonely = await FaultProxy.start(await portOfNobody());
    const client = await Client.open(lonely.port);
    await vi.waitFor(() => expect(client.ended).toBe('closed'));
    await lonely.stop();
  });
});

async function portOfNobody(): Promise<number> {
  const server = createServer();
  const port = await listenOnLoopback(server, 0);
  server.close();
  await once(server, 'close');
  return port;
}
