import { FaultProxy, freePort } from 'throwaway-servers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SessionTooLargeError } from '../contracts/errors.js';
import { sessionRepositoryCompliance } from '../testing/index.js';
import { newRecord, nextWrite, payloadOf } from '../testing/sample-session.js';
import { replicatedSessions, type ReplicatedSessionRepository } from './index.js';
import { RealGroup, SECRET, WAIT } from './real-group.fixture.js';
import { MAX_PAYLOAD_BYTES } from './replicated-session.repository.js';
import { EPOCH, SimulatedCluster } from './simulated-cluster.fixture.js';
import { SimulatedWorld } from './simulated-world.fixture.js';

sessionRepositoryCompliance({ describe, it }, 'Three instances', async () => {
  const group = await RealGroup.started(3);
  return { a: group.at(0), b: group.at(1), dispose: () => group.at(2).onApplicationShutdown() };
});

describe('Replicated sessions on sockets', () => {
  let group: RealGroup;
  afterEach(() => group.stop());

  it('take a session of up to 512 KiB, and refuse a larger one before anybody hears of it', async () => {
    group = await RealGroup.started(3, { deadlineMs: 10_000 });
    const small = newRecord();
    await group.at(0).save(small);
    const held = { token: small.id, record: { ...small, version: 1 } };
    for (const filler of ['x', '"', '\u0000']) {
      const largest = nextWrite(held, { payload: `1${filler.repeat(MAX_PAYLOAD_BYTES - 1)}` });
      await expect(group.at(1).save({ ...largest, payload: `${largest.payload}x` })).rejects.toThrow(
        SessionTooLargeError,
      );
      expect(await group.at(2).load(small.id)).toMatchObject({ version: held.record.version });
      expect(await group.at(0).save(largest)).toMatchObject({ status: 'saved' });
      held.record = { ...largest, version: held.record.version + 1 };
      expect(await group.at(1).load(small.id, held.record.version)).toEqual(held.record);
    }
  }, 30_000);

  it('refuse a new session when they are full, and lose none that they have', async () => {
    group = await RealGroup.started(3, { maxSessions: 3 });
    const records = [newRecord(), newRecord(), newRecord()];
    for (const record of records) await group.at(0).save(record);
    await vi.waitFor(() => expect(group.all.map(({ size }) => size)).toEqual([3, 3, 3]), WAIT);
    await expect(group.at(1).save(newRecord())).rejects.toMatchObject({
      statusCode: 503,
      outcome: 'not-executed',
      message: expect.stringContaining('no room for another session'),
    });
    for (const record of records) {
      const held = { token: record.id, record: { ...record, version: 1 } };
      expect(await group.at(2).save(nextWrite(held))).toMatchObject({ status: 'saved' });
    }
    expect(await group.at(0).destroy(records[0]!.id)).toBe('destroyed');
    expect(await group.at(1).save(newRecord())).toMatchObject({ status: 'saved' });
  }, 30_000);

  it('end every call by its deadline when the others are silent, and say what is known of a write', async () => {
    const { repositories, silence, stop } = await behindProxies();
    const [first] = repositories as [ReplicatedSessionRepository];
    const record = newRecord({ principal: 'Ann Marple', payload: payloadOf({ card: '4711' }) });
    await first.save(record);
    await silence();
    for (const work of [
      () => first.save(newRecord({ principal: 'Ann Marple', payload: payloadOf({ card: '4711' }) })),
      () => first.touch({ ...record, version: 1 }, record.expiresAt + 1_000),
      () => first.destroy(record.id),
      () => first.load(newRecord().id),
    ]) {
      const began = performance.now();
      const error: unknown = await work().catch((thrown: unknown) => thrown);
      expect(performance.now() - began).toBeLessThan(1_200);
      expect(error).toMatchObject({ name: 'SessionStoreError', outcome: 'not-executed' });
      const text = `${String(error)} ${JSON.stringify(error)} ${(error as Error).stack}`;
      for (const secret of [record.id, 'Marple', '4711', SECRET]) expect(text).not.toContain(secret);
      expect(error).not.toHaveProperty('cause');
    }
    await stop();
  }, 30_000);

  /** Three instances that reach each other through proxies alone, all of which can be made to swallow everything. */
  async function behindProxies() {
    group = await RealGroup.of(0);
    const ports = await Promise.all([0, 1, 2].map(() => freePort()));
    const proxies = await Promise.all(ports.map((port) => FaultProxy.start(port)));
    const peers = proxies.map(({ port }) => `127.0.0.1:${port}`);
    const repositories = peers.map((self, nth) =>
      replicatedSessions({ self, peers, secret: SECRET, listen: `127.0.0.1:${ports[nth]}` }),
    );
    await Promise.all(repositories.map((one) => one.onModuleInit()));
    await vi.waitFor(() => expect(repositories.every(({ isServing }) => isServing)).toBe(true), WAIT);
    return {
      repositories,
      silence: () => Promise.all(proxies.map((proxy) => proxy.set({ kind: 'black-hole' }))),
      stop: async () => {
        await Promise.all(repositories.map((one) => one.onApplicationShutdown()));
        await Promise.all(proxies.map((proxy) => proxy.stop()));
      },
    };
  }
});

describe('Replicated sessions on a simulated network', () => {
  async function running() {
    const world = new SimulatedWorld(7);
    const cluster = new SimulatedCluster(world, 3);
    cluster.calm();
    for (const peer of [0, 1, 2]) cluster.start(peer);
    await world.pass(3_000);
    const at = (peer: number): ReplicatedSessionRepository => cluster.lives[peer]!.repository;
    /** The answer, once so much time has passed, and what was asked of others for it. */
    const during = async <T>(work: () => Promise<T>) => {
      const before = { ...cluster.sent };
      let answer: T | undefined;
      void work().then((value) => (answer = value));
      await world.pass(100);
      const kinds = Object.keys(cluster.sent).filter((kind) => kind !== 'status' && kind !== 'heads');
      const asked = kinds.map((kind) => [kind, (cluster.sent[kind] ?? 0) - (before[kind] ?? 0)] as const);
      return { answer, asked: Object.fromEntries(asked.filter(([, count]) => count > 0)) };
    };
    const record = newRecord({ expiresAt: EPOCH + 600_000, endsAt: EPOCH + 900_000 });
    return { world, at, during, record };
  }

  it('ask each other peer twice for a write, once for a read or a write in vain, never for what was read just now', async () => {
    const { world, at, during, record } = await running();
    expect(await during(() => at(0).save(record))).toMatchObject({
      answer: { status: 'saved' },
      asked: { prepare: 2, accept: 2 },
    });
    const held = { ...record, version: 1 };
    expect(await during(() => at(0).load(record.id, 1))).toEqual({ answer: held, asked: {} });
    expect(await during(() => at(1).load(record.id, 1))).toEqual({ answer: held, asked: { read: 2 } });
    expect(await during(() => at(1).load(record.id))).toEqual({ answer: held, asked: {} });
    expect(await during(() => at(1).load(record.id, 2))).toEqual({ answer: held, asked: { read: 2 } });
    await world.pass(1_000);
    expect((await during(() => at(1).load(record.id))).asked).toEqual({ read: 2 });
    expect(await during(() => at(2).save(newRecordOf(held, 7)))).toMatchObject({
      answer: { status: 'conflict' },
      asked: { prepare: 2 },
    });
    expect((await during(() => at(2).touch(held, held.expiresAt + 1))).asked).toEqual({ prepare: 2, accept: 2 });
    expect((await during(() => at(2).destroy(record.id))).asked).toEqual({ prepare: 2, accept: 2 });
  });

  it('ask nobody about what cannot be a token, and hold nothing for ids that nobody made', async () => {
    const { at, during } = await running();
    for (const token of ['', 'x', '__proto__', 'a'.repeat(44), '\ud800']) {
      expect(await during(() => at(0).load(token))).toEqual({ answer: null, asked: {} });
      expect(await during(() => at(0).destroy(token))).toEqual({ answer: 'gone', asked: {} });
    }
    for (let nth = 0; nth < 50; nth += 1) await during(() => at(nth % 3).load(newRecord().id));
    expect([0, 1, 2].map((peer) => at(peer).size)).toEqual([0, 0, 0]);
  });

  it('expire by each instance’s clock, and what has expired at one is over at all, however late their clocks', async () => {
    const { world, at, during, record } = await running();
    await during(() => at(0).save(record));
    const held = { ...record, version: 1 };
    // The clocks are a minute apart: the third one's shows the deadline two minutes before the first one's.
    await world.pass(600_000 - 60_000 - world.time + 10);
    expect((await during(() => at(0).load(record.id, 1))).answer).toEqual(held);
    expect((await during(() => at(2).load(record.id, 1))).answer).toBeNull();
    expect((await during(() => at(0).touch(held, record.expiresAt + 1_000))).answer).toEqual({ status: 'gone' });
    expect((await during(() => at(0).load(record.id, 1))).answer).toBeNull();
    expect((await during(() => at(0).save(nextWrite({ token: record.id, record: held })))).answer).toEqual({
      status: 'gone',
    });
  });
});

function newRecordOf(record: ReturnType<typeof newRecord>, version: number) {
  return { ...nextWrite({ token: record.id, record }), version };
}
