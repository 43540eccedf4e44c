import { Redis } from 'ioredis';
import { FaultProxy, startRedis, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionRecord } from '../contracts/record.js';
import { sessionRepositoryCompliance } from '../testing/index.js';
import { newRecord, nextWrite } from '../testing/sample-session.js';
import { redisSessions, type RedisSessionRepository } from './index.js';

/** Long enough for a replica on a busy machine. */
const REPLICATED = { replicas: 1, timeout: 700 };
const SHORT = { replicas: 1, timeout: 100 };

let master: ThrowawayServer;
let replica: ThrowawayServer;
let admin: Redis;
let onReplica: Redis;

beforeAll(async () => {
  // Without a delay in which a first replica is waited for, the two are in step at once.
  master = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
  replica = await startRedis({ replicaOf: master.port });
  admin = new Redis(master.url);
  onReplica = new Redis(replica.url);
  for (const client of [admin, onReplica]) client.on('error', () => undefined);
  await inStep();
});
afterAll(async () => {
  admin.disconnect();
  onReplica.disconnect();
  await replica.stop();
  await master.stop();
});

/** Until the replica has all that the master has. */
async function inStep(): Promise<void> {
  await vi.waitFor(
    async () => {
      await admin.set('in-step', String(performance.now()));
      expect(await admin.wait(1, 1_000)).toBe(1);
    },
    { timeout: 20_000, interval: 5 },
  );
}

let stores = 0;
sessionRepositoryCompliance({ describe, it }, 'Redis whose replica must have it', () => {
  const prefix = `durable-${stores++}:`;
  return {
    a: redisSessions(master.url, { prefix, durability: REPLICATED }),
    b: redisSessions(master.url, { prefix, durability: REPLICATED }),
    expiryResolutionMs: 500,
  };
});

/** How often the master executed each command during some work. */
async function commandsDuring(act: () => Promise<unknown>): Promise<Record<string, number>> {
  await admin.config('RESETSTAT');
  await act();
  const stats = await admin.info('commandstats');
  const calls = [...stats.matchAll(/cmdstat_(\S+):calls=(\d+)/g)].map(([, name = '', count]) => ({
    name,
    count: Number(count),
  }));
  const work = calls.filter(({ name }) => !['config|resetstat', 'info', 'replconf', 'ping'].includes(name));
  return Object.fromEntries(work.map(({ name, count }) => [name, count]));
}

describe('A session that a replica must have', () => {
  const open: RedisSessionRepository[] = [];
  beforeEach(() => inStep());
  afterEach(async () => {
    replica.thaw();
    await Promise.all(open.splice(0).map((sessions) => sessions.onApplicationShutdown()));
  });

  async function sessionsWith(durability: typeof REPLICATED, url = master.url): Promise<RedisSessionRepository> {
    const sessions = redisSessions(url, { durability });
    open.push(sessions);
    await sessions.onModuleInit();
    return sessions;
  }

  async function create(sessions: RedisSessionRepository): Promise<SessionRecord> {
    const record = newRecord();
    expect(await sessions.save(record)).toMatchObject({ status: 'saved' });
    return { ...record, version: 1 };
  }

  it('costs one WAIT more when it is created or ended, and nothing more when it is read, changed or extended', async () => {
    const sessions = await sessionsWith(REPLICATED);
    const [record, other] = [await create(sessions), await create(sessions)];
    await sessions.save(nextWrite({ token: '', record: other }));
    await sessions.touch(record, record.expiresAt + 1_000);
    expect(await commandsDuring(() => create(sessions))).toEqual({ set: 1, wait: 1 });
    expect(await commandsDuring(() => sessions.load(record.id))).toEqual({ get: 1 });
    expect(await commandsDuring(() => sessions.save(nextWrite({ token: '', record })))).toEqual({
      evalsha: 1,
      getrange: 1,
      set: 1,
    });
    expect(await commandsDuring(() => sessions.touch(record, record.expiresAt + 90_000))).toMatchObject({ evalsha: 1 });
    expect(await commandsDuring(() => sessions.destroy(record.id, 2))).toEqual({
      eval: 1,
      getrange: 1,
      del: 1,
      wait: 1,
    });
    expect(await commandsDuring(() => sessions.destroy(other.id))).toEqual({ del: 1, wait: 1 });
  });

  it('is not called stored, nor ended, while the replica has not said so; the outcome is unknown', async () => {
    const sessions = await sessionsWith(SHORT);
    const soon = { timeout: 10_000, interval: 5 };
    const created = (): Promise<SessionRecord> => vi.waitFor(() => create(sessions), soon);
    const [first, second] = [await created(), await created()];
    // All that was written so far is acknowledged: whoever does not count from this very write is told a lie.
    await inStep();
    replica.freeze();
    const record = newRecord();
    const unknown = {
      name: 'SessionStoreError',
      outcome: 'unknown',
      message: expect.stringContaining('0 of 1 replicas have it') as string,
    };
    await expect(sessions.save(record)).rejects.toMatchObject(unknown);
    await expect(sessions.destroy(first.id)).rejects.toMatchObject(unknown);
    await expect(sessions.destroy(second.id, 1)).rejects.toMatchObject(unknown);
    expect(await sessions.load(record.id)).toMatchObject({ version: 1 });
    expect(await sessions.load(first.id)).toBeNull();
    // The same again changes nothing on the master, and is no more certain than before.
    await expect(sessions.save(record)).rejects.toMatchObject(unknown);
    await expect(sessions.destroy(first.id)).rejects.toMatchObject(unknown);
    await expect(sessions.destroy(second.id, 1)).rejects.toMatchObject(unknown);
    // Nor at another instance, which has written nothing itself.
    const elsewhere = await sessionsWith(SHORT);
    await expect(elsewhere.destroy(first.id)).rejects.toMatchObject(unknown);

    replica.thaw();
    expect(await vi.waitFor(() => sessions.save(record), soon)).toEqual({
      status: 'saved',
      token: record.id,
      version: 1,
    });
    expect(await vi.waitFor(() => sessions.destroy(first.id), soon)).toBe('gone');
  }, 30_000);

  it('holds up no reader, no change and no touch of others while it waits for the replica', async () => {
    const sessions = await sessionsWith(REPLICATED);
    const record = await create(sessions);
    replica.freeze();
    let answered = false;
    const creation = sessions.save(newRecord()).catch(() => (answered = true));
    expect(await sessions.load(record.id)).toEqual(record);
    expect(await sessions.save(nextWrite({ token: '', record }))).toMatchObject({ status: 'saved' });
    expect(await sessions.touch(record, record.expiresAt + 1_000)).toMatchObject({ status: 'saved' });
    expect(answered).toBe(false);
    await creation;
  });

  it('shares its WAIT with all that are written at the same time', async () => {
    const sessions = await sessionsWith(REPLICATED);
    const creations = await commandsDuring(() => Promise.all(Array.from({ length: 200 }, () => create(sessions))));
    expect(creations).toEqual({ set: 200, wait: 2 });
  });

  it('waits for a replica that is down no longer than it may, its turn behind another included', async () => {
    const sessions = await sessionsWith({ replicas: 1, timeout: 300 });
    const waits: number[] = [];
    const monitor = await admin.monitor();
    monitor.on('monitor', (_time: string, [command, , timeout]: string[]) => {
      if (command?.toUpperCase() === 'WAIT') waits.push(Number(timeout));
    });
    replica.freeze();
    await Promise.allSettled([sessions.save(newRecord()), sessions.save(newRecord())]);
    await vi.waitFor(() => expect(waits).toHaveLength(2));
    monitor.disconnect();
    const [first = NaN, second = NaN] = waits;
    expect(first).toBeGreaterThan(0);
    // The first round took all of it.
    expect(second).toBeLessThan(50);
  });

  it('waits for a replica that is down in two rounds at most, however many there are', async () => {
    const sessions = await sessionsWith(SHORT);
    replica.freeze();
    const start = performance.now();
    const outcomes = await commandsDuring(() =>
      Promise.allSettled(Array.from({ length: 200 }, () => sessions.save(newRecord()))),
    );
    expect(outcomes).toEqual({ set: 200, wait: 2 });
    // The deadline that a store command has above us.
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('is there, or ended, on the replica as soon as that is answered', async () => {
    const sessions = await sessionsWith(REPLICATED);
    const afterwards = redisSessions(replica.url);
    open.push(afterwards);
    for (let round = 0; round < 100; round += 1) {
      const record = await create(sessions);
      expect(await afterwards.load(record.id)).toEqual(record);
      await sessions.destroy(record.id, round % 2 === 0 ? 1 : undefined);
      expect(await afterwards.load(record.id)).toBeNull();
    }
  });

  it('has an unknown outcome when the connection is lost between the write and what the replicas say', async () => {
    const proxy = await FaultProxy.start(master.port);
    const sessions = await sessionsWith(REPLICATED, `redis://127.0.0.1:${proxy.port}`);
    const record = newRecord();
    // `+OK` and the line's end come through, the answer to WAIT does not.
    await proxy.set({ kind: 'cut-answers', bytes: 5 });
    await expect(sessions.save(record)).rejects.toMatchObject({ outcome: 'unknown' });
    await proxy.heal();
    const again = await vi.waitFor(() => sessions.save(record), { timeout: 2_000, interval: 5 });
    expect(again).toMatchObject({ status: 'saved', version: 1 });
    await proxy.stop();
  });

  it('is refused, and known not to be stored, when nobody can be asked', async () => {
    const proxy = await FaultProxy.start(master.port);
    await proxy.set({ kind: 'refuse' });
    const sessions = await sessionsWith(REPLICATED, `redis://127.0.0.1:${proxy.port}`);
    await expect(sessions.save(newRecord())).rejects.toMatchObject({ outcome: 'not-executed' });
    await proxy.heal();
    await vi.waitFor(() => create(sessions), { timeout: 2_000, interval: 5 });
    await proxy.stop();
  });
});
