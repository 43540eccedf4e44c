import { startMemcached, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeEnvelope } from '../contracts/envelope.js';
import { SessionTooLargeError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import { storageKey } from '../contracts/session-id.js';
import { sessionRepositoryCompliance } from '../testing/index.js';
import { newRecord, nextWrite, payloadOf } from '../testing/sample-session.js';
import { memcachedSessions, type MemcachedSessionRepository } from './index.js';
import { MemcachedAdmin } from './memcached-admin.fixture.js';

/** On a busy machine a node may need longer than the default to answer; what that means is tested elsewhere. */
const PATIENT = { timeoutMs: 5_000 };
const DAY_MS = 86_400_000;

const servers: ThrowawayServer[] = [];
let server: ThrowawayServer;
let admin: MemcachedAdmin;
beforeAll(async () => {
  servers.push(...(await Promise.all([startMemcached(), startMemcached(), startMemcached()])));
  server = servers[0]!;
  admin = new MemcachedAdmin(server.port);
});
afterAll(() => Promise.all(servers.map((one) => one.stop())));

let stores = 0;
sessionRepositoryCompliance({ describe, it }, 'Memcached', () => {
  const nodes = servers.map(({ port }) => `127.0.0.1:${port}`);
  const prefix = `compliance-${stores++}:`;
  return {
    a: memcachedSessions({ nodes, prefix, ...PATIENT }),
    b: memcachedSessions(`memcached://${nodes.toReversed().join(',')}`, { prefix, ...PATIENT }),
  };
});

/** The key under the default prefix. */
function keyOf(id: string): string {
  return `session:${storageKey(id)}`;
}

function held(record: SessionRecord): { token: string; record: SessionRecord } {
  return { token: record.id, record };
}

describe('sessions in memcached', () => {
  let sessions: MemcachedSessionRepository;
  beforeEach(async () => {
    await admin.flush();
    sessions = memcachedSessions(server.url, PATIENT);
    await sessions.onModuleInit();
  });
  afterEach(() => sessions.onApplicationShutdown());

  async function create(choice?: Parameters<typeof newRecord>[0]): Promise<SessionRecord> {
    const record = newRecord(choice);
    expect(await sessions.save(record)).toMatchObject({ status: 'saved' });
    return { ...record, version: 1 };
  }

  it('sends one command for a load, one for a creation, and two at most for every other write', async () => {
    const record = await create();
    const other = newRecord();
    expect(await admin.commandsDuring(() => sessions.load(record.id))).toEqual({ cmd_get: 1 });
    expect(await admin.commandsDuring(() => sessions.load(newRecord().id))).toEqual({ cmd_get: 1 });
    expect(await admin.commandsDuring(() => sessions.save(other))).toEqual({ cmd_set: 1 });
    expect(await admin.commandsDuring(() => sessions.save(nextWrite(held(record))))).toEqual({
      cmd_get: 1,
      cmd_set: 1,
    });
    expect(await admin.commandsDuring(() => sessions.touch(record, record.expiresAt + 60_000))).toEqual({
      cmd_get: 1,
      cmd_set: 1,
    });
    expect(await admin.commandsDuring(() => sessions.touch(record, record.expiresAt + 60_000))).toEqual({ cmd_get: 1 });
    expect(await admin.commandsDuring(() => sessions.destroy(record.id, 2))).toEqual({ cmd_get: 1, delete_hits: 1 });
    expect(await admin.commandsDuring(() => sessions.destroy(other.id))).toEqual({ cmd_get: 1, delete_hits: 1 });
    expect(await admin.commandsDuring(() => sessions.destroy(other.id))).toEqual({ cmd_get: 1 });
  });

  it('asks nothing about what cannot be an id, and stores nothing whose deadline has passed', async () => {
    const record = await create();
    const past = Date.now() - 1;
    const commands = await admin.commandsDuring(async () => {
      for (const token of ['', 'x', '../../etc/passwd', 'ä'.repeat(43), `${newRecord().id}A`, `${newRecord().id}\n`]) {
        expect(await sessions.load(token)).toBeNull();
        expect(await sessions.destroy(token)).toBe('gone');
        expect(await sessions.destroy(token, 1)).toBe('gone');
        expect(await sessions.save({ ...newRecord(), id: token })).toEqual({ status: 'gone' });
        expect(await sessions.touch({ ...newRecord(), id: token }, Date.now() + 1_000)).toEqual({ status: 'gone' });
      }
      expect(await sessions.save(newRecord({ expiresAt: past }))).toEqual({ status: 'gone' });
      expect(await sessions.save(nextWrite(held(record), { expiresAt: past }))).toEqual({ status: 'gone' });
    });
    expect(commands).toEqual({});
    expect(await sessions.load(record.id)).toEqual(record);
  });

  it('stores one item under the prefix and the digest of the id, never the id', async () => {
    const record = await create({ principal: 'ann' });
    expect((await admin.items()).map(({ key }) => key)).toEqual([keyOf(record.id)]);
    expect(String(await admin.get(keyOf(record.id)))).toBe(encodeEnvelope(record));
    expect(String(await admin.get(keyOf(record.id)))).not.toContain(record.id);

    const elsewhere = memcachedSessions(server.url, { prefix: 'shop:', ...PATIENT });
    const other = newRecord();
    await elsewhere.save(other);
    expect(await admin.get(`shop:${storageKey(other.id)}`)).toBeDefined();
    expect(await sessions.load(other.id)).toBeNull();
    await elsewhere.onApplicationShutdown();
  });

  it.each([1, 29, 31, 400])(
    'keeps a session of %d days: connect-memcached and connect-memjs lose it after 30',
    async (days) => {
      const expiresAt = Date.now() + days * DAY_MS;
      const record = await create({ expiresAt });
      expect(await sessions.load(record.id)).toEqual(record);
      const [item] = await admin.items();
      // A minute longer than the session, and the server's own clock counts in whole seconds.
      expect(Math.abs((item?.expiresAt ?? 0) - expiresAt / 1_000 - 60)).toBeLessThan(3);
      const touched = { ...record, expiresAt: expiresAt + 10 * DAY_MS };
      await sessions.touch(record, touched.expiresAt);
      expect(await sessions.load(record.id)).toEqual(touched);
      expect(Math.abs(((await admin.items())[0]?.expiresAt ?? 0) - touched.expiresAt / 1_000 - 60)).toBeLessThan(3);
    },
  );

  it('does not undo a newer write with a touch, as a touch that stores its own copy does', async () => {
    const record = await create();
    const write = nextWrite(held(record), { payload: payloadOf('newer') });
    await sessions.save(write);
    await sessions.touch(record, record.expiresAt + 60_000);
    expect(await sessions.load(record.id)).toEqual({ ...write, version: 2, expiresAt: record.expiresAt + 60_000 });
  });

  it('deletes what is over when it is destroyed, so that an instance whose clock is behind does not see it', async () => {
    const record = await create();
    const past = { ...record, expiresAt: Date.now() - 1 };
    await admin.set(keyOf(record.id), encodeEnvelope(past));
    expect(await sessions.load(record.id)).toBeNull();
    expect(await sessions.save(nextWrite(held(record)))).toEqual({ status: 'gone' });
    expect(await sessions.touch(record, record.expiresAt + 1)).toEqual({ status: 'gone' });
    expect(await sessions.destroy(record.id, 1)).toBe('gone');
    expect(await sessions.destroy(record.id)).toBe('gone');
    expect(await admin.items()).toEqual([]);
  });

  it('takes what just fits, refuses one byte more before it is sent, and the old session is intact', async () => {
    const record = await create();
    const full = { ...record, version: 2, payload: '1' };
    const room = 1_048_576 - 59 - keyOf(record.id).length - Buffer.byteLength(encodeEnvelope(full));
    const fits = nextWrite(held(record), { payload: `1${'x'.repeat(room)}` });
    expect(await sessions.save(fits)).toMatchObject({ status: 'saved', version: 2 });
    const stored = { ...fits, version: 2 };
    const commands = await admin.commandsDuring(async () => {
      const tooLarge = nextWrite(held(stored), { payload: `1${'x'.repeat(room + 1)}` });
      const error: unknown = await sessions.save(tooLarge).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SessionTooLargeError);
      expect(error).toMatchObject({ bytes: 1_048_577, maxBytes: 1_048_576 });
      const created = newRecord({ payload: `1${'ü'.repeat(600_000)}` });
      await expect(sessions.save(created)).rejects.toThrow(SessionTooLargeError);
    });
    expect(commands).toEqual({ cmd_get: 1 });
    expect(await sessions.load(record.id)).toEqual(stored);
  });

  it('keeps the old session although the server takes less than it was said to', async () => {
    const careless = memcachedSessions(server.url, { maxItemBytes: 3_000_000, ...PATIENT });
    const record = await create();
    const write = nextWrite(held(record), { payload: `1${'x'.repeat(2_000_000)}` });
    await expect(careless.save(write)).rejects.toThrow(SessionTooLargeError);
    expect(await sessions.load(record.id)).toEqual(record);
    await expect(careless.save(newRecord({ payload: write.payload }))).rejects.toThrow(SessionTooLargeError);
    await careless.onApplicationShutdown();
  });

  const foreign: [what: string, stored: string | Buffer, rejected: string][] = [
    ['JSON that was cut', '{"cookie":{"path":"/"},"us', 'malformed'],
    ['null', 'null', 'malformed'],
    ['an empty list', '[]', 'malformed'],
    ['an empty string', '', 'malformed'],
    ['random bytes', Buffer.from(Array.from({ length: 200 }, (_, n) => (n * 167 + 13) % 256)), 'malformed'],
    ['a header without a payload', encodeEnvelope(newRecord({ payload: '' })), 'malformed'],
    ['a record of a newer format', `2${encodeEnvelope(newRecord()).slice(1)}`, 'newer-format'],
  ];
  it.each(foreign)('rejects %s where a session should be, and leaves it as it is', async (_what, stored, rejected) => {
    const record = newRecord();
    await admin.set(keyOf(record.id), stored, 60);
    expect(await sessions.load(record.id)).toEqual({ rejected });
    expect(await sessions.save(record)).toEqual({ status: 'conflict' });
    expect(await sessions.save({ ...record, version: 1 })).toEqual({ status: 'conflict' });
    expect(await sessions.touch(record, record.expiresAt + 60_000)).toEqual({ status: 'gone' });
    expect(await sessions.destroy(record.id, 1)).toBe('conflict');
    expect(await admin.get(keyOf(record.id))).toEqual(Buffer.from(stored));
    expect(await sessions.destroy(record.id)).toBe('destroyed');
  });

  it('knows a session whatever characters it holds', async () => {
    const payload = `1${JSON.stringify({ 名: '値\u0000\u2028🍵\r\nEND\r\n' })}`;
    const record = await create({ principal: 'Ærøskøbing 🛒', payload });
    await sessions.touch(record, record.expiresAt + 1_000);
    expect(await sessions.load(record.id)).toEqual({ ...record, expiresAt: record.expiresAt + 1_000 });
  });

  it('answers in order when a thousand commands are under way on one connection', async () => {
    const before = Number((await admin.stats())['total_connections']);
    const records = await Promise.all(Array.from({ length: 300 }, (_, n) => create({ payload: payloadOf(n) })));
    const loads = [...records, ...records, ...records].map(async ({ id }) => sessions.load(id));
    expect(await Promise.all(loads)).toEqual([...records, ...records, ...records]);
    // One is the question itself.
    expect(Number((await admin.stats())['total_connections']) - before).toBe(1);
  });

  it('does not write at all where memcached runs without compare-and-set', async () => {
    const casless = await startMemcached({ args: ['-C'] });
    const blind = memcachedSessions(casless.url, PATIENT);
    const record = newRecord();
    await blind.save(record);
    const stored = { ...record, version: 1 };
    const reason = /memcached runs without compare-and-set \(-C\)/;
    await expect(blind.save(nextWrite(held(stored)))).rejects.toThrow(reason);
    await expect(blind.touch(stored, stored.expiresAt + 1)).rejects.toThrow(reason);
    await expect(blind.destroy(record.id, 1)).rejects.toThrow(reason);
    expect(await blind.load(record.id)).toEqual(stored);
    await blind.onApplicationShutdown();
    await casless.stop();
  });
});
