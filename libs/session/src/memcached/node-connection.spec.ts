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

/** A connection that has been answered once, through a proxy in this process, so that an answer takes several turns of its event loop. */
async function proxied() {
  const proxy = await FaultProxy.start(server.port);
  onTestFinished(() => proxy.stop());
  const lost: string[] = [];
  const connection = new NodeConnection({ host: '127.0.0.1', port: proxy.port }, undefined, (why) => lost.push(why));
  onTestFinished(() => connection.close());
  const get = () => connection.send({ opcode: OPCODE.get, key: 'nobody' }, performance.now() + 100);
  await get();
  return { proxy, lost, get };
}

function standStill(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it('A connection is not given up because this process stood still in the turn in which it sent', async () => {
  const { get, lost } = await proxied();
  const answer = get();
  standStill(200);
  expect(await answer).toMatchObject({ status: 1 });
  expect(lost).toEqual([]);
});

it('A connection is given up also in a process that stands still again and again', async () => {
  const { proxy, get, lost } = await proxied();
  await proxy.set({ kind: 'black-hole' });
  const standing = setInterval(standStill, 1, 60);
  onTestFinished(() => clearInterval(standing));
  await expect(get()).rejects.toThrow('no answer in time');
  expect(lost).toEqual(['no answer in time']);
});
