import { Redis } from 'ioredis';
import { startRedis, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeEnvelope } from '../contracts/envelope.js';
import { storageKey } from '../contracts/session-id.js';
import { sessionRepositoryCompliance } from '../testing/index.js';
import { openedSockets } from '../testing/opened-sockets.fixture.js';
import { newRecord, nextWrite } from '../testing/sample-session.js';
import { redisSessions, type RedisSessionRepository } from './index.js';

let server: ThrowawayServer;
let admin: Redis;
beforeAll(async () => {
  server = await startRedis();
  admin = new Redis(server.url);
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

let stores = 0;
sessionRepositoryCompliance({ describe, it }, 'Redis', () => {
  const prefix = `compliance-${stores++}:`;
  return {
    a: redisSessions(server.url, { prefix }),
    b: redisSessions(server.url, { prefix }),
    // Redis counts a time to live from when it hears of it.
    expiryResolutionMs: 500,
  };
});

/** Every command that the server executed during some work, those inside scripts too. */
async function commandsDuring(work: () => Promise<unknown>): Promise<Record<string, number>> {
  await admin.config('RESETSTAT');
  await work();
  const stats = await admin.info('commandstats');
  const calls = [...stats.matchAll(/cmdstat_(\S+):calls=(\d+)/g)].map(([, name, count]) => [name, Number(count)]);
  return Object.fromEntries(calls.filter(([name]) => name !== 'config|resetstat' && name !== 'info'));
}

/** The key under the default prefix. */
function keyOf(id: string): string {
  return `session:${storageKey(id)}`;
}

describe('sessions in Redis', () => {
  let sessions: RedisSessionRepository;
  beforeEach(async () => {
    await admin.flushall();
    sessions = redisSessions(server.url);
    await sessions.onModuleInit();
  });
  afterEach(() => sessions.onApplicationShutdown());

  async function create(choice?: Parameters<typeof newRecord>[0]) {
    const record = newRecord(choice);
    expect(await sessions.save(record)).toMatchObject({ status: 'saved' });
    return { ...record, version: 1 };
  }

  it('sends one command for a load and for every write', async () => {
    const record = await create();
    // The first run of each script brings its text to the server.
    await sessions.save(nextWrite({ token: record.id, record }));
    await sessions.touch(record, record.expiresAt + 1_000);
    await sessions.destroy(newRecord().id, 1);

    const other = newRecord();
    expect(await commandsDuring(() => sessions.load(record.id))).toEqual({ get: 1 });
    expect(await commandsDuring(() => sessions.save(other))).toEqual({ set: 1 });
    expect(
      await commandsDuring(() => sessions.save({ ...nextWrite({ token: '', record: other }), version: 1 })),
    ).toEqual({ evalsha: 1, getrange: 1, set: 1 });
    expect(await commandsDuring(() => sessions.touch(other, other.expiresAt + 60_000))).toEqual({
      evalsha: 1,
      getrange: 1,
      pttl: 1,
      setrange: 1,
      pexpire: 1,
    });
    expect(await commandsDuring(() => sessions.destroy(other.id, 2))).toEqual({ evalsha: 1, getrange: 1, del: 1 });
    expect(await commandsDuring(() => sessions.destroy(record.id))).toEqual({ del: 1 });
  });

  it('sends the commands of parallel requests in one write', async () => {
    const records = [await create(), await create(), await create()];
    const other = redisSessions(server.url);
    const [socket] = await openedSockets(() => other.onModuleInit());
    const written = socket?.bytesWritten ?? NaN;

    const loads = Promise.all(records.map(({ id }) => other.load(id)));
    expect(socket?.writableLength).toBe((socket?.bytesWritten ?? NaN) - written);
    expect(socket?.writableLength).toBeGreaterThan(3 * 64);
    expect(await loads).toEqual(records);
    await other.onApplicationShutdown();
  });

  it('asks nothing about what cannot be an id', async () => {
    const commands = await commandsDuring(async () => {
      for (const token of ['', 'x', '../../etc/passwd', 'ä'.repeat(43), `${newRecord().id}A`, `${newRecord().id}\n`]) {
        expect(await sessions.load(token)).toBeNull();
        expect(await sessions.destroy(token)).toBe('gone');
        expect(await sessions.destroy(token, 1)).toBe('gone');
        expect(await sessions.save({ ...newRecord(), id: token })).toEqual({ status: 'gone' });
        expect(await sessions.touch({ ...newRecord(), id: token }, Date.now() + 1_000)).toEqual({ status: 'gone' });
      }
    });
    expect(commands).toEqual({});
  });

  it('stores one string under the prefix and the digest of the id, never the id', async () => {
    const record = await create({ principal: 'ann' });
    expect(await admin.keys('*')).toEqual([keyOf(record.id)]);
    expect(await admin.get(keyOf(record.id))).not.toContain(record.id);

    const elsewhere = redisSessions(server.url, { prefix: 'shop:' });
    const other = newRecord();
    await elsewhere.save(other);
    expect(await admin.exists(`shop:${storageKey(other.id)}`)).toBe(1);
    expect(await sessions.load(other.id)).toBeNull();
    await elsewhere.onApplicationShutdown();
  });

  it('gives every value its time to live with the value', async () => {
    const record = await create({ expiresAt: Date.now() + 10_000 });
    expect(await admin.pttl(keyOf(record.id))).toBeGreaterThan(9_000);
    await sessions.save(nextWrite({ token: '', record }, { expiresAt: Date.now() + 20_000 }));
    expect(await admin.pttl(keyOf(record.id))).toBeGreaterThan(19_000);
    await sessions.touch(record, Date.now() + 30_000);
    expect(await admin.pttl(keyOf(record.id))).toBeGreaterThan(29_000);
    expect(await admin.pttl(keyOf(record.id))).toBeLessThanOrEqual(30_000);
    await sessions.touch(record, Date.now() + 5_000);
    expect(await admin.pttl(keyOf(record.id))).toBeGreaterThan(29_000);
  });

  it('stores nothing whose deadline has passed', async () => {
    const past = Date.now() - 1;
    const record = newRecord({ expiresAt: past });
    expect(await sessions.save(record)).toEqual({ status: 'gone' });
    expect(await admin.dbsize()).toBe(0);
    const held = await create();
    expect(await sessions.save(nextWrite({ token: '', record: held }, { expiresAt: past }))).toEqual({
      status: 'gone',
    });
    expect(await sessions.touch(held, past)).toMatchObject({ status: 'saved', version: 1 });
    expect(await sessions.load(held.id)).toEqual(held);
  });

  it('lets Redis alone decide when a session is over, whatever the clock of an instance says', async () => {
    const record = await create();
    const key = keyOf(record.id);
    await admin.pexpire(key, 10_000);
    const envelope = (await admin.get(key)) ?? '';
    const aheadBy = '99999999999999';
    await admin.set(key, envelope.slice(0, 11) + aheadBy + envelope.slice(25), 'KEEPTTL');
    expect(await sessions.touch(record, Date.now() + 60_000)).toMatchObject({ status: 'saved' });
    expect(await admin.pttl(key)).toBeGreaterThan(50_000);
    await admin.set(key, envelope.slice(0, 11) + '00000000000001' + envelope.slice(25), 'KEEPTTL');
    expect(await sessions.load(record.id)).toMatchObject({ payload: record.payload });
  });

  it('knows a session whatever characters it holds', async () => {
    const record = await create({
      principal: 'Ærøskøbing 🛒',
      payload: `1${JSON.stringify({ 名: '値\u0000\u2028🍵' })}`,
    });
    await sessions.touch(record, record.expiresAt + 1_000);
    expect(await sessions.load(record.id)).toEqual({ ...record, expiresAt: record.expiresAt + 1_000 });
  });

  it('goes on when the server has forgotten the scripts', async () => {
    const record = await create();
    await sessions.touch(record, record.expiresAt + 1_000);
    await admin.script('FLUSH');
    const commands = await commandsDuring(() => sessions.touch(record, record.expiresAt + 2_000));
    expect(commands).toMatchObject({ evalsha: 1, eval: 1, setrange: 1 });
    expect(await sessions.load(record.id)).toMatchObject({ expiresAt: record.expiresAt + 2_000 });
  });

  it('lets parallel creations of one id have one winner, and tells a repeated one that it won', async () => {
    const record = newRecord();
    const rival = newRecord({ id: record.id });
    expect(await sessions.save(record)).toMatchObject({ status: 'saved', version: 1 });
    expect(await sessions.save(record)).toMatchObject({ status: 'saved', version: 1 });
    expect(await sessions.save(rival)).toEqual({ status: 'conflict' });
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
    const key = keyOf(record.id);
    await admin.set(key, stored, 'PX', 60_000);
    expect(await sessions.load(record.id)).toEqual({ rejected });
    expect((await sessions.save(record)).status).toMatch(/conflict|gone/);
    expect((await sessions.save({ ...record, version: 1 })).status).toMatch(/conflict|gone/);
    expect(await sessions.touch(record, record.expiresAt + 60_000)).toEqual({ status: 'gone' });
    expect(await sessions.destroy(record.id, 1)).toMatch(/conflict|gone/);
    expect(await admin.getBuffer(key)).toEqual(Buffer.from(stored));
    expect(await sessions.destroy(record.id)).toBe('destroyed');
  });

  it('rejects a value that is no string, and a write to it is an error that says so', async () => {
    const record = newRecord();
    const key = keyOf(record.id);
    await admin.rpush(key, 'foreign');
    expect(await sessions.load(record.id)).toEqual({ rejected: 'malformed' });
    await expect(sessions.save(record)).rejects.toThrow(/WRONGTYPE/);
    await expect(sessions.save({ ...record, version: 1 })).rejects.toThrow(/WRONGTYPE/);
    await expect(sessions.touch(record, record.expiresAt)).rejects.toThrow(/WRONGTYPE/);
    await expect(sessions.destroy(record.id, 1)).rejects.toThrow(/WRONGTYPE/);
    expect(await admin.lrange(key, 0, -1)).toEqual(['foreign']);
    expect(await sessions.destroy(record.id)).toBe('destroyed');
  });
});
