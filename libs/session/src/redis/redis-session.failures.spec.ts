import { once } from 'node:events';
import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { FaultProxy, startRedis, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionStoreError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import { storageKey } from '../contracts/session-id.js';
import { errorOf, recovery, SECRET, strangeAnswers, update } from '../testing/failing-store.fixture.js';
import { newRecord, payloadOf } from '../testing/sample-session.js';
import { redisSessions, type RedisSessionRepository } from './index.js';

/** The promise: back within two seconds of the store. */
const RECOVERY_MS = 2_000;

let server: ThrowawayServer;
let admin: Redis;
let proxy: FaultProxy;
let sessions: RedisSessionRepository;

beforeAll(async () => {
  server = await startRedis();
  admin = new Redis(server.url);
  admin.on('error', () => undefined);
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});
beforeEach(async () => {
  proxy = await FaultProxy.start(server.port);
  sessions = redisSessions(`redis://127.0.0.1:${proxy.port}`);
  await sessions.onModuleInit();
});
afterEach(async () => {
  await sessions.onApplicationShutdown();
  await proxy.stop();
});

async function create(choice?: Parameters<typeof newRecord>[0]): Promise<SessionRecord> {
  const record = newRecord({ payload: payloadOf(SECRET), ...choice });
  await sessions.save(record);
  return { ...record, version: 1 };
}

describe('a Redis that answers but cannot write', () => {
  afterEach(async () => {
    await admin.config('SET', 'maxmemory', '0', 'min-replicas-to-write', '0', 'replica-serve-stale-data', 'yes');
    await admin.replicaof('NO', 'ONE');
  });

  it('is a store error that names the reason and says that nothing was executed; reads go on', async () => {
    const record = await create();
    await admin.config('SET', 'maxmemory', '1', 'maxmemory-policy', 'noeviction');
    for (const write of [newRecord(), update(record)]) {
      expect(await errorOf(sessions.save(write))).toMatchObject({
        name: 'SessionStoreError',
        outcome: 'not-executed',
        message: 'The session store cannot answer (OOM)',
      });
    }
    expect(await sessions.load(record.id)).toEqual(record);
    expect(await sessions.destroy(record.id, 1)).toBe('destroyed');
  });

  it('does not lie when too few replicas would have the write', async () => {
    const record = await create();
    await admin.config('SET', 'min-replicas-to-write', '1');
    for (const work of [
      () => sessions.save(newRecord()),
      () => sessions.save(update(record)),
      () => sessions.touch(record, record.expiresAt + 60_000),
      () => sessions.destroy(record.id),
      () => sessions.destroy(record.id, 1),
    ]) {
      expect(await errorOf(work())).toMatchObject({
        outcome: 'not-executed',
        message: expect.stringMatching(/NOREPLICAS/),
      });
    }
    expect(await sessions.load(record.id)).toEqual(record);
  });

  it('is connected to anew when it has become a replica, and serves again when it is master again', async () => {
    const record = await create();
    const { connections } = proxy;
    await admin.replicaof('127.0.0.1', 1);
    expect(await errorOf(sessions.save(update(record)))).toMatchObject({
      outcome: 'not-executed',
      message: expect.stringMatching(/READONLY/),
    });
    await vi.waitFor(() => expect(proxy.connections).toBeGreaterThan(connections));
    await admin.replicaof('NO', 'ONE');
    expect(await recovery(sessions, record)).toBeLessThan(RECOVERY_MS);
    expect(await sessions.save(update(record))).toMatchObject({ status: 'saved' });
  });

  it('cannot answer while it is a replica without its master', async () => {
    const record = await create();
    await admin.config('SET', 'replica-serve-stale-data', 'no');
    await admin.replicaof('127.0.0.1', 1);
    expect(await errorOf(sessions.load(record.id))).toMatchObject({ message: expect.stringMatching(/MASTERDOWN/) });
  });
});

describe('a Redis that cannot be reached', () => {
  it('is an error at once, and serves within two seconds of its return', async () => {
    const record = await create();
    await proxy.set({ kind: 'refuse' });
    await vi.waitFor(async () =>
      expect(await errorOf(sessions.load(record.id))).toMatchObject({ message: expect.stringMatching(/ECONNREFUSED/) }),
    );
    const start = performance.now();
    expect(await errorOf(sessions.save(update(record)))).toMatchObject({ outcome: 'not-executed' });
    expect(performance.now() - start).toBeLessThan(400);
    await proxy.heal();
    expect(await recovery(sessions, record)).toBeLessThan(RECOVERY_MS);
    expect(await sessions.save(update(record))).toMatchObject({ status: 'saved', version: 2 });
  });

  it('serves within two seconds after it was killed and started again', async () => {
    const record = await create();
    await server.kill();
    await errorOf(sessions.load(record.id));
    await server.restart();
    expect(await recovery(sessions, record)).toBeLessThan(RECOVERY_MS);
    expect(await sessions.load(record.id)).toBeNull();
    expect(await create()).toMatchObject({ version: 1 });
  });

  it('is given up in a black hole, and the connection is replaced', async () => {
    const record = await create();
    await proxy.set({ kind: 'black-hole' });
    const writing = errorOf(sessions.save(update(record)));
    expect(await errorOf(sessions.load(record.id))).toMatchObject({ outcome: 'not-executed' });
    expect(await writing).toMatchObject({ outcome: 'unknown' });
    await proxy.heal();
    expect(await recovery(sessions, record)).toBeLessThan(RECOVERY_MS);
    expect(await sessions.load(record.id)).toEqual(record);
  });

  it('is given up when it stands still, and serves within two seconds after it goes on', async () => {
    const record = await create();
    server.freeze();
    await errorOf(sessions.load(record.id));
    server.thaw();
    expect(await recovery(sessions, record)).toBeLessThan(RECOVERY_MS);
  });

  it('never gives the late answer to one question to another', async () => {
    const [asked, other] = [await create({ principal: 'ann' }), await create({ principal: 'bob' })];
    await proxy.set({ kind: 'hold', direction: 'answers' });
    const late = errorOf(sessions.load(asked.id));
    await vi.waitFor(() => expect(proxy.waitingBytes).toBeGreaterThan(0));
    await late;
    await proxy.heal();
    expect(await strangeAnswers(sessions, other)).toEqual([]);
  });

  it.each([
    ['dropped', { kind: 'drop-answers' }],
    ['cut in the middle', { kind: 'cut-answers', bytes: 2 }],
  ] as const)(
    'says that the outcome is unknown when an answer is %s, and a write sent again counts once',
    async (_how, fault) => {
      const record = await create();
      // The server knows the script already: what is lost is the answer to the write itself.
      await sessions.save(update(await create()));
      const [created, updated] = [newRecord(), update(record)];
      for (const write of [created, updated]) {
        await proxy.set(fault);
        expect(await errorOf(sessions.save(write))).toMatchObject({ outcome: 'unknown' });
        await proxy.heal();
        await recovery(sessions, record);
        expect(await admin.get(`session:${storageKey(write.id)}`)).toContain(write.writeId);
        expect(await sessions.save(write)).toMatchObject({ status: 'saved', version: write.version + 1 });
        expect(await sessions.load(write.id)).toEqual({ ...write, version: write.version + 1 });
      }
    },
  );

  it('is slow: answers arrive, and none is mixed up', async () => {
    const records = await Promise.all(['ann', 'bob', 'eve'].map((principal) => create({ principal })));
    await proxy.set({ kind: 'delay', ms: 200 });
    expect(await Promise.all(records.map((record) => sessions.load(record.id)))).toEqual(records);
  });
});

describe('an error of the Redis repository', () => {
  it('holds nothing of the session, its id, its key or the command', async () => {
    const record = await create();
    const errors = [];
    await admin.config('SET', 'min-replicas-to-write', '1');
    errors.push(
      await errorOf(sessions.save(update(record))),
      await errorOf(sessions.save(newRecord({ id: record.id }))),
    );
    await admin.config('SET', 'min-replicas-to-write', '0');
    await proxy.set({ kind: 'drop-answers' });
    errors.push(await errorOf(sessions.save(update(record))));
    await proxy.set({ kind: 'refuse' });
    errors.push(await errorOf(sessions.save(update(record))), await errorOf(sessions.load(record.id)));
    for (const error of errors) {
      expect(error).toBeInstanceOf(SessionStoreError);
      const everything = inspect(error, { depth: Infinity, showHidden: true });
      for (const secret of [SECRET, record.id, storageKey(record.id), 'eval', 'session:']) {
        expect(everything.replaceAll(import.meta.url, '')).not.toContain(secret);
      }
    }
  });
});

/** Everything of a client that somebody could have set. */
function stateOf(client: Redis) {
  const listeners = client.eventNames().map((name) => [name, client.listenerCount(name)]);
  return { listeners, options: { ...client.options }, properties: Object.keys(client) };
}

/** How many connections the server has. */
async function clients(): Promise<number> {
  return Number(/connected_clients:(\d+)/.exec(await admin.info('clients'))?.[1]);
}

describe('the client of the Redis repository', () => {
  it('is opened and closed with the application', async () => {
    const before = await clients();
    const own = redisSessions(server.url);
    expect(await clients()).toBe(before);
    await own.onModuleInit();
    expect(await clients()).toBe(before + 1);
    await own.onApplicationShutdown();
    await vi.waitFor(async () => expect(await clients()).toBe(before));
    expect(await errorOf(own.load(newRecord().id))).toBeInstanceOf(SessionStoreError);
  });

  it('connects by itself when nobody opens it, and the first command waits for that', async () => {
    const own = redisSessions({ url: server.url });
    expect(await own.load(newRecord().id)).toBeNull();
    await own.onApplicationShutdown();
  });

  it('keeps no application from starting whose Redis is down or silent, and serves when that is up', async () => {
    for (const fault of [{ kind: 'refuse' }, { kind: 'black-hole' }] as const) {
      await proxy.set(fault);
      const own = redisSessions(`redis://127.0.0.1:${proxy.port}`);
      const start = performance.now();
      await own.onModuleInit();
      expect(performance.now() - start).toBeLessThan(2_000);
      await proxy.heal();
      await vi.waitFor(() => own.load(newRecord().id), { timeout: RECOVERY_MS, interval: 5 });
      await own.onApplicationShutdown();
    }
  });

  it('can be closed whatever state it is in, soon', async () => {
    for (const fault of [{ kind: 'refuse' }, { kind: 'black-hole' }] as const) {
      await proxy.set({ kind: 'none' });
      const own = redisSessions(`redis://127.0.0.1:${proxy.port}`);
      await own.onModuleInit();
      await proxy.set(fault);
      await Promise.all([errorOf(own.load(newRecord().id)), own.onApplicationShutdown()]);
      await redisSessions(`redis://127.0.0.1:${proxy.port}`).onApplicationShutdown();
    }
    await proxy.heal();
    await vi.waitFor(() => expect(proxy.openConnections).toBe(1), { timeout: RECOVERY_MS });
  });

  it('of the application is used as it is set up, and neither closed nor changed', async () => {
    const client = new Redis(server.url, { stringNumbers: true, keyPrefix: 'app:' });
    await once(client, 'ready');
    const before = stateOf(client);
    const shared = redisSessions(client, { prefix: 's:' });
    await shared.onModuleInit();
    const record = newRecord();
    expect(await shared.save(record)).toEqual({ status: 'saved', token: record.id, version: 1 });
    expect(await shared.save(update({ ...record, version: 1 }))).toEqual({
      status: 'saved',
      token: record.id,
      version: 2,
    });
    expect(await shared.touch(record, record.expiresAt + 1)).toMatchObject({ status: 'saved', version: 2 });
    expect(await shared.destroy(record.id, 1)).toBe('conflict');
    expect(await admin.exists(`app:s:${storageKey(record.id)}`)).toBe(1);
    expect(await shared.destroy(record.id)).toBe('destroyed');
    await shared.onApplicationShutdown();
    expect(await client.ping()).toBe('PONG');
    expect(stateOf(client)).toEqual(before);
    client.disconnect();
  });
});
