import { FaultProxy, startMemcached, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openedSockets } from '../testing/opened-sockets.fixture.js';
import { OPCODE } from './memcached-protocol.js';
import { NodeConnection } from './node-connection.js';

let server: ThrowawayServer;
beforeAll(async () => {
  server = await startMemcached();
});
afterAll(() => server.stop());

it.each([2 ** 31, 2 ** 32 - 1])('A connection goes on after %d commands', async (commands) => {
  const connection = new NodeConnection({ host: '127.0.0.1', port: server.port }, undefined, () => {}, commands - 3);
  const soon = (): number => performance.now() + 5_000;
  for (let n = 0; n < 6; n++) {
    const key = `${commands}-${n}`;
    const value = Buffer.from(String(n));
    expect(await connection.send({ opcode: OPCODE.add, key, value }, soon())).toMatchObject({ status: 0 });
    expect(await connection.send({ opcode: OPCODE.get, key }, soon())).toMatchObject({ status: 0, value });
  }
  connection.close();
});

it('A connection sends the commands of one turn of the event loop in one write', async () => {
  let connection: NodeConnection | undefined;
  const get = async (key: string) =>
    (await connection?.send({ opcode: OPCODE.get, key }, performance.now() + 5_000))?.status;
  const [socket] = await openedSockets(() => {
    connection = new NodeConnection({ host: '127.0.0.1', port: server.port }, undefined, () => {});
    return get('nobody');
  });
  const written = socket?.bytesWritten ?? NaN;

  const answers = Promise.all([get('a'), get('b'), get('c')]);
  expect(socket?.writableLength).toBe(3 * 25);
  expect(socket?.bytesWritten).toBe(written + 3 * 25);
  const missing = 1;
  expect(await answers).toEqual([missing, missing, missing]);
  connection?.close();
});

it('A connection is not given up because this process stood still in the turn in which it sent', async () => {
  // In this process too, so that the answer takes several turns.
  const proxy = await FaultProxy.start(server.port);
  onTestFinished(() => proxy.stop());
  const lost: string[] = [];
  const connection = new NodeConnection({ host: '127.0.0.1', port: proxy.port }, undefined, (why) => lost.push(why));
  const get = () => connection.send({ opcode: OPCODE.get, key: 'nobody' }, performance.now() + 100);
  await get();
  const answer = get();
  const until = performance.now() + 200;
  while (performance.now() < until);
  expect(await answer).toMatchObject({ status: 1 });
  expect(lost).toEqual([]);
  connection.close();
});

it('A connection is given up also in a process that stands still again and again', async () => {
  const proxy = await FaultProxy.start(server.port);
  onTestFinished(() => proxy.stop());
  const lost: string[] = [];
  const connection = new NodeConnection({ host: '127.0.0.1', port: proxy.port }, undefined, (why) => lost.push(why));
  const get = () => connection.send({ opcode: OPCODE.get, key: 'nobody' }, performance.now() + 100);
  await get();
  await proxy.set({ kind: 'black-hole' });
  const standing = setInterval(() => {
    const until = performance.now() + 60;
    while (performance.now() < until);
  });
  onTestFinished(() => clearInterval(standing));
  await expect(get()).rejects.toThrow('no answer in time');
  expect(lost).toEqual(['no answer in time']);
});
