import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newRecord } from '../testing/sample-session.js';
import { encodeFrame, FrameReader, MAX_FRAME_BYTES } from './frame.js';
import { greetingOf } from './greeting.js';
import { replicatedSessions } from './index.js';
import { RealGroup, SECRET, WAIT } from './real-group.fixture.js';
import { groupName, sharedKey } from './shared-key.js';

const OTHER_SECRET = 'Zq8Wn2Xc4Vb6Mk0Lp1Oi3Uy5Tr7Er9Qw';
const KEY = '0'.repeat(64);

let group: RealGroup;
beforeEach(async () => {
  group = await RealGroup.started(3);
});
afterEach(() => group.stop());

function portOf(instance: number): number {
  return Number(group.peers[instance]?.split(':')[1]);
}

/** A stranger's connection with a secret. Rejects when the handshake fails. */
async function connected(secret: string): Promise<TLSSocket> {
  const socket = connect({ port: portOf(0), host: '127.0.0.1', ...sharedKey(secret).client });
  await once(socket, 'secureConnect');
  return socket;
}

/** Everything that comes until the other side closes. */
async function untilClosed(socket: Socket): Promise<unknown[]> {
  const reader = new FrameReader();
  const messages: unknown[] = [];
  socket.on('data', (piece: Buffer) => messages.push(...reader.read(piece)));
  socket.on('error', () => undefined);
  if (!socket.destroyed) await once(socket, 'close');
  return messages;
}

/** One who knows the secret, and has greeted as the third instance. */
async function greeted(): Promise<TLSSocket> {
  const socket = await connected(SECRET);
  const peers = group.peers.toSorted();
  const to = peers.indexOf(group.peers[0] as string);
  const from = peers.indexOf(group.peers[2] as string);
  socket.write(encodeFrame(greetingOf(groupName(peers), from, to, Date.now())));
  const reader = new FrameReader();
  const [piece] = (await once(socket, 'data')) as [Buffer];
  expect([...reader.read(piece)]).toEqual([{ refusal: null }]);
  return socket;
}

async function stillServes(): Promise<void> {
  const record = newRecord();
  expect(await group.at(0).save(record)).toMatchObject({ status: 'saved' });
  expect(await group.at(1).load(record.id)).toMatchObject({ version: 1 });
}

describe('The port for the other instances', () => {
  it('lets nobody in without the secret', async () => {
    await expect(connected(OTHER_SECRET)).rejects.toThrow(/decrypt|bad record mac/i);
    await stillServes();
  });

  it('lets nobody in with certificates, another cipher, or no TLS at all', async () => {
    const withoutKey = connect({ port: portOf(0), host: '127.0.0.1', rejectUnauthorized: false });
    await expect(once(withoutKey, 'secureConnect')).rejects.toThrow(/handshake|alert/i);
    const plain = connectPlain({ port: portOf(0), host: '127.0.0.1' });
    plain.write(encodeFrame(greetingOf(groupName(group.peers.toSorted()), 2, 0, Date.now())));
    expect(await untilClosed(plain.on('data', () => undefined)).catch(() => [])).toEqual([]);
    await stillServes();
  });

  it('closes connections that say nothing, and takes only so many of them at a time', async () => {
    const strangers = Array.from({ length: 200 }, () => connectPlain({ port: portOf(0), host: '127.0.0.1' }));
    let open = strangers.length;
    for (const stranger of strangers) stranger.on('error', () => undefined).once('close', () => (open -= 1));
    await vi.waitFor(() => expect(open).toBeLessThanOrEqual(64), WAIT);
    await stillServes();
    await vi.waitFor(() => expect(open).toBe(0), WAIT);
    await stillServes();
  }, 30_000);

  it.each([
    ['another list of instances', { group: 'x' }, 'it was told of other peers'],
    ['another version', { version: 2 }, 'it speaks another version of the protocol'],
    ['the name of the one who answers', { from: 0, to: 0 }, 'its address belongs to another peer'],
    ['the name of nobody', { from: 7 }, 'its address belongs to another peer'],
    ['a clock an hour ahead', { now: Date.now() + 3_600_000 }, 'its clock differs by more than half an hour'],
    ['no greeting', { now: 'x' }, 'it speaks another protocol'],
  ])('refuses who knows the secret and has %s', async (_, wrong, refusal) => {
    const peers = group.peers.toSorted();
    const to = peers.indexOf(group.peers[0] as string);
    const socket = await connected(SECRET);
    socket.write(encodeFrame({ ...greetingOf(groupName(peers), (to + 1) % 3, to, Date.now()), ...wrong }));
    expect(await untilClosed(socket)).toEqual([{ refusal }]);
  });

  const BALLOT = '0000000000000009.00.0000000000000001';
  it.each([
    ['a length beyond any message', Buffer.from('ffffffff', 'hex')],
    ['one byte more than the largest message', Buffer.from([0, 64, 0, 1])],
    ['bytes that are no JSON', Buffer.concat([Buffer.from([0, 0, 0, 4]), Buffer.from('{"a"')])],
    ['random bytes', Buffer.from('9f3c', 'hex')],
    ...[
      null,
      [],
      { id: 1 },
      { id: 1, parcel: null },
      { id: 'x', parcel: { vector: [1, 1, 1], body: { is: 'read', key: KEY } } },
      { id: 1, parcel: { vector: [1, 1], body: { is: 'read', key: KEY } } },
      { id: 1, parcel: { vector: [1, -1, 1], body: { is: 'read', key: KEY } } },
      { id: 1, parcel: { vector: [1, 1, 1], body: { is: 'constructor' } } },
      { id: 1, parcel: { vector: [1, 1, 1], body: { is: 'read', key: '__proto__' } } },
      { id: 1, parcel: { vector: [1, 1, 1], body: { is: 'prepare', key: KEY, ballot: 'z' } } },
      { id: 1, parcel: { vector: [1, 1, 1], body: { is: 'accept', key: KEY, ballot: BALLOT, value: 'L' } } },
      { id: 1, parcel: { vector: [1, 1, 1], body: { is: 'accept', key: KEY, ballot: BALLOT, value: 'E1' } } },
      { id: 1, parcel: { vector: [1, 1, 1], body: { is: 'fetch', keys: Array.from({ length: 10_001 }, () => KEY) } } },
      { id: 1, parcel: { vector: [1, 1, 1], body: { is: 'status', state: 'god', founders: null } } },
    ].map((message): [string, Buffer] => [JSON.stringify(message).slice(0, 100), encodeFrame(message)]),
  ])('cuts off an instance that sends %s', async (_, bytes) => {
    const socket = await greeted();
    socket.write(bytes);
    // Less than a length says nothing yet: then it is silence that ends it.
    if (bytes.length < 4) socket.write(Buffer.alloc(8, 0xff));
    expect(await untilClosed(socket)).toEqual([]);
    expect(group.at(0).size).toBe(0);
    await stillServes();
  });

  it('never holds more than one message of a sender', () => {
    const reader = new FrameReader();
    const length = Buffer.alloc(4);
    length.writeUInt32BE(MAX_FRAME_BYTES + 1);
    expect(() => [...reader.read(length)]).toThrow('too long');
    const whole = encodeFrame({ a: 'ü'.repeat(100) });
    const pieces = Array.from(whole, (byte) => Buffer.from([byte]));
    const cut = new FrameReader();
    expect(pieces.flatMap((piece) => [...cut.read(piece)])).toEqual([{ a: 'ü'.repeat(100) }]);
    expect([...new FrameReader().read(Buffer.concat([whole, whole]))]).toHaveLength(2);
  });
});

describe('An instance with another secret', () => {
  it('does not join, says so, and disturbs nobody', async () => {
    await group.end(2);
    const self = group.peers[2] as string;
    const stranger = replicatedSessions({ self, peers: [...group.peers], secret: OTHER_SECRET });
    const told: unknown[] = [];
    stranger.reportTo((event, detail) => told.push({ event, ...detail }));
    await stranger.onModuleInit();
    expect(stranger.isServing).toBe(false);
    await vi.waitFor(() => expect(told).toHaveLength(2), WAIT);
    expect(told).toContainEqual({ event: 'placeUnavailable', place: group.peers[0], reason: 'its secret is another' });
    await expect(stranger.load(newRecord().id)).rejects.toThrow('0 answer');
    await stillServes();
    await stranger.onApplicationShutdown();
  }, 30_000);
});
