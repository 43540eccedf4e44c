import { inspect } from 'node:util';
import { FaultProxy, freePort, MemcachedAdmin, startMemcached, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { SessionStoreError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import type { RepositoryListener } from '../contracts/repository-events.js';
import { storageKey } from '../contracts/session-id.js';
import { engineOver, storedSession } from '../core/engine.fixture.js';
import { errorOf, recovery, SECRET, strangeAnswers, update } from '../testing/failing-store.fixture.js';
import { newRecord, payloadOf } from '../testing/sample-session.js';
import { memcachedSessions, type MemcachedSessionRepository } from './index.js';
import { rendezvous } from './rendezvous.js';

/** The promise: back within two seconds of the node. */
const RECOVERY_MS = 2_000;
/** A request's deadline and some grace, so that a busy machine breaks nothing. */
const DEADLINE_MS = 1_200;
/** The time that a node is given to answer: what is quicker did not wait for it. */
const NODE_MS = 400;

let servers: ThrowawayServer[];
let admin: MemcachedAdmin;
let proxy: FaultProxy;
let nodes: string[];
let sessions: MemcachedSessionRepository;
let events: unknown[];
const listener: RepositoryListener = (event, detail) => events.push([event, detail]);

beforeAll(async () => {
  servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
  admin = new MemcachedAdmin(servers[0]!.port);
});
afterAll(() => Promise.all(servers.map((server) => server.stop())));
beforeEach(async () => {
  proxy = await FaultProxy.start(servers[0]!.port);
  nodes = [proxy.port, servers[1]!.port, servers[2]!.port].map((port) => `127.0.0.1:${port}`);
  sessions = memcachedSessions({ nodes });
  events = [];
  sessions.reportTo(listener);
  await vi.waitFor(async () => Promise.all(nodes.map((_, index) => sessions.load(recordOn(index).id))), RECOVERY_MS);
  events.length = 0;
});
afterEach(async () => {
  servers[0]!.thaw();
  await sessions.onApplicationShutdown();
  await proxy.stop();
});

/** A new session whose id leads to the node of that number. Number 0 is behind the proxy. */
function recordOn(node: number, choice?: Parameters<typeof newRecord>[0]): SessionRecord {
  const choose = rendezvous(nodes);
  for (;;) {
    const record = newRecord({ payload: payloadOf(SECRET), ...choice });
    if (choose(storageKey(record.id)) === node) return record;
  }
}

async function createOn(node: number, choice?: Parameters<typeof newRecord>[0]): Promise<SessionRecord> {
  const record = recordOn(node, choice);
  expect(await sessions.save(record)).toMatchObject({ status: 'saved' });
  return { ...record, version: 1 };
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function freeze(): Promise<void> {
  servers[0]!.freeze();
  await vi.waitFor(() => expect(servers[0]!.isFrozen).toBe(true));
}

/** Makes the node behind the proxy unreachable, in the way that a test is about. */
const WAYS = [
  ['is refused', () => proxy.set({ kind: 'refuse' }), () => proxy.heal()],
  ['is reset', () => proxy.set({ kind: 'reset' }), () => proxy.heal()],
  ['is in a black hole', () => proxy.set({ kind: 'black-hole' }), () => proxy.heal()],
  ['answers two seconds late', () => proxy.set({ kind: 'delay', ms: 2_000 }), () => proxy.heal()],
  ['stands still', () => freeze(), async () => servers[0]!.thaw()],
] as const;

describe.each(WAYS)('a node that %s', (_how, breakIt, healIt) => {
  afterEach(healIt);

  it('is an error for its sessions within the time of a command, and after the first one at once', async () => {
    const record = await createOn(0);
    await breakIt();
    const first = await elapsed(() => errorOf(sessions.load(record.id)));
    expect(first).toBeLessThan(DEADLINE_MS);
    for (const work of [
      () => sessions.load(record.id),
      () => sessions.save(update(record)),
      () => sessions.touch(record, record.expiresAt + 60_000),
      () => sessions.destroy(record.id),
      () => sessions.destroy(record.id, 1),
    ]) {
      let error: unknown;
      expect(await elapsed(async () => (error = await errorOf(work())))).toBeLessThan(NODE_MS);
      expect(error).toMatchObject({ name: 'SessionStoreError', outcome: 'not-executed' });
    }
    await healIt();
    expect(await recovery(sessions, record)).toBeLessThan(RECOVERY_MS);
    expect(await sessions.load(record.id)).toEqual(record);
    expect(await sessions.save(update(record))).toMatchObject({ status: 'saved', version: 2 });
  });

  it('changes nothing for the sessions on the others, and new ones are given other ids until one lives', async () => {
    const others = [await createOn(1), await createOn(2)];
    await breakIt();
    expect(await sessions.save(recordOn(0))).toEqual({ status: 'conflict' });
    expect(await elapsed(async () => sessions.save(recordOn(0)))).toBeLessThan(NODE_MS);
    expect(await sessions.save(recordOn(0))).toEqual({ status: 'conflict' });
    for (const record of others) {
      expect(await sessions.load(record.id)).toEqual(record);
      expect(await sessions.save(update(record))).toMatchObject({ status: 'saved' });
      expect(await sessions.destroy(record.id)).toBe('destroyed');
    }
    await createOn(1);
    await createOn(2);
  });

  it('is reported once when it is lost and once when it is back, by host and port alone', async () => {
    const record = await createOn(0);
    await breakIt();
    await Promise.all(Array.from({ length: 20 }, () => errorOf(sessions.load(record.id))));
    await errorOf(sessions.load(record.id));
    expect(events).toEqual([['placeUnavailable', { place: nodes[0], reason: expect.any(String) }]]);
    await healIt();
    await recovery(sessions, record);
    await vi.waitFor(() => expect(events.slice(1)).toEqual([['placeAvailable', { place: nodes[0] }]]));
  });
});

describe('a node that was lost', () => {
  it('serves within two seconds after it was killed and started again, without its sessions', async () => {
    const record = await createOn(0);
    await servers[0]!.kill();
    await errorOf(sessions.load(record.id));
    await servers[0]!.restart();
    expect(await recovery(sessions, record)).toBeLessThan(RECOVERY_MS);
    expect(await sessions.load(record.id)).toBeNull();
    expect(await sessions.save(update(record))).toEqual({ status: 'gone' });
    await createOn(0);
  });

  it('does not count a logout that it did not hear of, and keeps one that it answered, when it is back with its memory', async () => {
    const [loggedOut, stillIn] = [await createOn(0), await createOn(0)];
    expect(await sessions.destroy(loggedOut.id)).toBe('destroyed');
    await proxy.set({ kind: 'refuse' });
    expect(await errorOf(sessions.destroy(stillIn.id))).toBeInstanceOf(SessionStoreError);
    await proxy.heal();
    await recovery(sessions, stillIn);
    expect(await sessions.load(stillIn.id)).toEqual(stillIn);
    expect(await sessions.load(loggedOut.id)).toBeNull();
    expect(await sessions.destroy(stillIn.id)).toBe('destroyed');
    expect(await sessions.load(stillIn.id)).toBeNull();
  });

  it('executes what it had received before it stood still, and nothing of that brings a destroyed session back', async () => {
    for (let round = 0; round < 5; round++) {
      const record = await createOn(0);
      await freeze();
      const late = [sessions.save(update(record)), sessions.touch(record, record.expiresAt + 60_000)];
      const destroying = sessions.destroy(record.id);
      await Promise.all([...late, destroying].map(errorOf));
      servers[0]!.thaw();
      await recovery(sessions, record);
      expect(await sessions.destroy(record.id)).toMatch(/destroyed|gone/);
      expect((await sessions.save(update(record))).status).toBe('gone');
      expect(await sessions.load(record.id)).toBeNull();
    }
  });

  it('is named in the error when it is the only one, and no other id is asked for', async () => {
    const port = await freePort();
    const single = memcachedSessions(`memcached://127.0.0.1:${port}`);
    await single.onModuleInit();
    for (let call = 0; call < 3; call++) {
      expect(await errorOf(single.save(newRecord()))).toMatchObject({
        outcome: 'not-executed',
        message: 'The session store cannot answer (ECONNREFUSED)',
      });
    }
    await single.onApplicationShutdown();
  });
});

describe('a node that is only slow', () => {
  afterEach(() => void vi.useRealTimers());

  it('is not taken for one that is silent when its first answer of a call took nearly all of the time', async () => {
    const record = await createOn(0);
    const held = async (): Promise<void> => {
      while (proxy.waitingBytes === 0) await new Promise(setImmediate);
    };
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    await proxy.set({ kind: 'hold', direction: 'answers' });
    const touched = sessions.touch(record, record.expiresAt + 60_000);
    await held();
    vi.advanceTimersByTime(NODE_MS - 5);
    // The answer to the read goes on, and the write that follows it is held.
    await proxy.set({ kind: 'hold', direction: 'commands' });
    await held();
    vi.advanceTimersByTime(40);
    await new Promise(setImmediate);
    await proxy.heal();
    expect(await touched).toMatchObject({ status: 'saved' });
    expect(events).toEqual([]);
  });
});

describe('five nodes of which four are dead', () => {
  it('take every new session, once they are known to be dead', async () => {
    const five = await Promise.all(Array.from({ length: 5 }, () => startMemcached()));
    onTestFinished(async () => void (await Promise.all(five.map((server) => server.stop()))));
    const own = memcachedSessions({ nodes: five.map(({ port }) => `127.0.0.1:${port}`), timeoutMs: 5_000 });
    onTestFinished(() => own.onApplicationShutdown());
    await Promise.all(five.slice(1).map((server) => server.kill()));
    await own.onModuleInit();
    const engine = engineOver(own, { timeout: { command: 10_000, request: 10_000 } });
    const failures: unknown[] = [];
    for (let n = 0; n < 400; n++) await storedSession(engine, { n }).catch((error: unknown) => failures.push(error));
    expect(failures).toEqual([]);
    expect(await new MemcachedAdmin(five[0]!.port).items()).toHaveLength(400);
  }, 30_000);
});

describe('an answer that does not come', () => {
  it('is never given to another question when it comes late', async () => {
    const [asked, other] = [await createOn(0, { principal: 'ann' }), await createOn(0, { principal: 'bob' })];
    await proxy.set({ kind: 'hold', direction: 'answers' });
    const late = errorOf(sessions.load(asked.id));
    await vi.waitFor(() => expect(proxy.waitingBytes).toBeGreaterThan(0));
    await late;
    await proxy.heal();
    expect(await strangeAnswers(sessions, other)).toEqual([]);
  });

  it.each([1, 23, 24, 30, 100, 150])('is never completed by the next one, cut after %d bytes', async (bytes) => {
    const [asked, other] = [await createOn(0, { principal: 'ann' }), await createOn(0, { principal: 'bob' })];
    await proxy.set({ kind: 'cut-answers', bytes });
    expect(await errorOf(sessions.load(asked.id))).toMatchObject({ outcome: 'not-executed' });
    await proxy.heal();
    await recovery(sessions, other);
    expect(await Promise.all([sessions.load(other.id), sessions.load(asked.id)])).toEqual([other, asked]);
  });

  it('makes the outcome of a write unknown, and the write sent again counts once', async () => {
    const patient = memcachedSessions({ nodes, timeoutMs: 10_000 });
    const record = await createOn(0);
    const write = update(record);
    await proxy.set({ kind: 'hold', direction: 'answers' });
    const saving = errorOf(patient.save(write));
    await vi.waitFor(() => expect(proxy.waitingBytes).toBeGreaterThan(0));
    // The answer to the read goes on, and the write that follows it is held.
    await proxy.set({ kind: 'hold', direction: 'commands' });
    await vi.waitFor(() => expect(proxy.waitingBytes).toBeGreaterThan(0));
    await proxy.set({ kind: 'drop-answers' });
    expect(await saving).toMatchObject({ name: 'SessionStoreError', outcome: 'unknown' });
    await proxy.heal();
    expect(String(await admin.get(`session:${storageKey(record.id)}`))).toContain(write.writeId);
    await recovery(sessions, record);
    expect(await sessions.save(write)).toMatchObject({ status: 'saved', version: 2 });
    expect(await sessions.load(record.id)).toEqual({ ...write, version: 2 });
    await patient.onApplicationShutdown();
  });

  it('makes the outcome of a creation unknown where there is no other node, and sent again it counts once', async () => {
    const single = memcachedSessions(`memcached://${nodes[0]}`);
    await single.onModuleInit();
    const record = newRecord();
    await proxy.set({ kind: 'drop-answers' });
    expect(await errorOf(single.save(record))).toMatchObject({ name: 'SessionStoreError', outcome: 'unknown' });
    await proxy.heal();
    await vi.waitFor(() => single.load(record.id), RECOVERY_MS);
    expect(await single.save(record)).toMatchObject({ status: 'saved', version: 1 });
    expect(await single.load(record.id)).toEqual({ ...record, version: 1 });
    await single.onApplicationShutdown();
  });
});

describe('an error of the memcached repository', () => {
  it('holds nothing of the session, its id, its key or the node', async () => {
    const record = await createOn(0);
    const errors: unknown[] = [];
    for (const fault of [{ kind: 'black-hole' }, { kind: 'drop-answers' }, { kind: 'refuse' }] as const) {
      await proxy.set({ kind: 'none' });
      await recovery(sessions, record);
      await proxy.set(fault);
      errors.push(...(await Promise.all([sessions.load(record.id), sessions.save(update(record))].map(errorOf))));
      errors.push(await errorOf(sessions.destroy(record.id)));
    }
    errors.push(
      await errorOf(
        memcachedSessions({ nodes, maxItemBytes: 1_024 }).save(recordOn(1, { payload: `1"${SECRET.repeat(100)}"` })),
      ),
    );
    for (const error of errors) {
      const everything = inspect(error, { depth: Infinity, showHidden: true }).replaceAll(import.meta.url, '');
      for (const secret of [SECRET, record.id, storageKey(record.id), 'session:', String(proxy.port)]) {
        expect(everything).not.toContain(secret);
      }
    }
  });
});

describe('the connections of the memcached repository', () => {
  it('are opened and closed with the application', async () => {
    const own = memcachedSessions({ nodes });
    const before = proxy.openConnections;
    await own.onModuleInit();
    expect(proxy.openConnections).toBe(before + 1);
    await own.onApplicationShutdown();
    await vi.waitFor(() => expect(proxy.openConnections).toBe(before));
    expect(await errorOf(own.load(recordOn(0).id))).toBeInstanceOf(SessionStoreError);
  });

  it('keep no application from starting whose nodes are down or silent, and serve when they are up', async () => {
    for (const fault of [{ kind: 'refuse' }, { kind: 'black-hole' }] as const) {
      await proxy.set(fault);
      const own = memcachedSessions(`memcached://127.0.0.1:${proxy.port}`);
      expect(await elapsed(() => own.onModuleInit())).toBeLessThan(1_000);
      await proxy.heal();
      await vi.waitFor(() => own.load(newRecord().id), { timeout: RECOVERY_MS, interval: 5 });
      await own.onApplicationShutdown();
    }
  });

  it('can be closed whatever state they are in, and then no node is asked any more', async () => {
    for (const fault of [{ kind: 'refuse' }, { kind: 'black-hole' }] as const) {
      await proxy.heal();
      const own = memcachedSessions(`memcached://127.0.0.1:${proxy.port}`);
      await own.onModuleInit();
      await proxy.set(fault);
      await Promise.all([errorOf(own.load(newRecord().id)), own.onApplicationShutdown()]);
      await memcachedSessions({ nodes }).onApplicationShutdown();
    }
    await sessions.onApplicationShutdown();
    await proxy.heal();
    await vi.waitFor(() => expect(proxy.openConnections).toBe(0));
  });

  it('that a node closes while nobody uses them are opened again, and nobody notices', async () => {
    const record = await createOn(0);
    await proxy.set({ kind: 'reset' });
    await proxy.heal();
    await vi.waitFor(() => expect(proxy.openConnections).toBe(0));
    expect(await sessions.load(record.id)).toEqual(record);
    expect(events).toEqual([]);
  });

  it('take no user and password from the environment', async () => {
    vi.stubEnv('MEMCACHE_USERNAME', 'somebody').stubEnv('MEMCACHE_PASSWORD', 'else');
    const before = proxy.commandBytes;
    const own = memcachedSessions(`memcached://127.0.0.1:${proxy.port}`);
    await own.onModuleInit();
    vi.unstubAllEnvs();
    await own.onApplicationShutdown();
    // One request without anything in it.
    await vi.waitFor(() => expect(proxy.openConnections).toBe(1));
    expect(proxy.commandBytes - before).toBe(24);
  });
});
