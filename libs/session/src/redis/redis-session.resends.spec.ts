import { once } from 'node:events';
import { Cluster, Redis } from 'ioredis';
import { FaultProxy, freePort, startRedis, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionStoreError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import { storageKey } from '../contracts/session-id.js';
import { newRecord, nextWrite } from '../testing/sample-session.js';
import { redisSessions, type RedisSessionRepository } from './index.js';

const HOST = '127.0.0.1';
const LAST_SLOT = 16_383;

interface ClusterNode {
  readonly server: ThrowawayServer;
  readonly admin: Redis;
  readonly busPort: number;
}

/** A node of a Cluster that has these slots. */
async function startNode(firstSlot: number, lastSlot: number): Promise<ClusterNode> {
  const busPort = await freePort();
  const args = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-announce-ip', HOST];
  const server = await startRedis({ args });
  const admin = new Redis(server.url);
  admin.on('error', () => undefined);
  await admin.cluster('ADDSLOTSRANGE', firstSlot, lastSlot);
  return { server, admin, busPort };
}

async function stopNode({ server, admin }: ClusterNode): Promise<void> {
  admin.disconnect();
  await server.stop();
}

/** Until every node says that all slots are served. */
async function agreed(...nodes: ClusterNode[]): Promise<void> {
  for (const { admin } of nodes) {
    await vi.waitFor(async () => expect(await admin.cluster('INFO')).toContain('cluster_state:ok'), 20_000);
  }
}

/** What a write answers, or what its error says of its outcome. */
async function outcomeOf(write: Promise<unknown>): Promise<unknown> {
  return write.catch((error: unknown) => (error instanceof SessionStoreError ? error.outcome : error));
}

/** Lets a write be executed, loses its connection before the answer, and lets the client connect anew. */
async function answerIsLost(proxy: FaultProxy, executed: () => Promise<boolean>): Promise<void> {
  await vi.waitFor(async () => expect(await executed()).toBe(true), { timeout: 5_000, interval: 1 });
  const reset = proxy.set({ kind: 'reset' });
  await Promise.all([reset, proxy.heal()]);
}

describe.each([
  { name: 'of two nodes', nodes: 2 },
  { name: 'of one node, whose loss is that of the whole Cluster', nodes: 1 },
])('What the client of a Cluster $name sends twice', ({ nodes }) => {
  let first: ClusterNode;
  let second: ClusterNode | undefined;
  let proxy: FaultProxy;
  let sessions: RedisSessionRepository;

  beforeAll(async () => {
    first = await startNode(0, LAST_SLOT - (nodes - 1));
    if (nodes === 2) {
      second = await startNode(LAST_SLOT, LAST_SLOT);
      await first.admin.cluster('MEET', HOST, second.server.port, second.busPort);
      await agreed(second);
    }
    await agreed(first);
  }, 60_000);
  afterAll(() => Promise.all([first, ...(second === undefined ? [] : [second])].map(stopNode)));
  beforeEach(async () => {
    proxy = await FaultProxy.start(first.server.port);
    sessions = redisSessions({ cluster: [{ host: HOST, port: proxy.port }], natMap: natMap() });
    await sessions.onModuleInit();
  });
  afterEach(async () => {
    await sessions.onApplicationShutdown();
    await proxy.stop();
  });

  /** The first node is reached through the proxy alone. */
  function natMap(): Record<string, { host: string; port: number }> {
    return { [`${HOST}:${first.server.port}`]: { host: HOST, port: proxy.port } };
  }

  async function create(): Promise<SessionRecord> {
    const record = newRecord();
    expect(await sessions.save(record)).toMatchObject({ status: 'saved' });
    return { ...record, version: 1 };
  }

  async function isStored({ id }: SessionRecord): Promise<boolean> {
    return (await first.admin.exists(`session:${storageKey(id)}`)) === 1;
  }

  async function destroyed(record: SessionRecord): Promise<boolean> {
    return !(await isStored(record));
  }

  it('does not blame somebody else for the session that its first try has ended', async () => {
    const [known, record] = [await create(), await create()];
    // The node knows the script now: what is lost is the answer to the destroy itself.
    expect(await sessions.destroy(known.id, 1)).toBe('destroyed');
    await proxy.set({ kind: 'hold', direction: 'answers' });
    const destroying = outcomeOf(sessions.destroy(record.id, 1));
    await answerIsLost(proxy, () => destroyed(record));
    expect(await destroying).toBe('unknown');
    await vi.waitFor(async () => expect(await sessions.load(record.id)).toBeNull(), 5_000);
  });

  it('is said to have an unknown outcome when only the second try was refused', async () => {
    const record = await create();
    const again = nextWrite({ token: record.id, record });
    await sessions.save(nextWrite({ token: '', record: await create() }));
    const slot = await first.admin.cluster('KEYSLOT', `session:${storageKey(record.id)}`);
    await proxy.set({ kind: 'hold', direction: 'answers' });
    const saving = outcomeOf(sessions.save(again));
    await answerIsLost(proxy, async () => {
      const stored = await first.admin.get(`session:${storageKey(record.id)}`);
      if (stored?.includes(again.writeId) !== true) return false;
      await first.admin.cluster('DELSLOTS', slot);
      return true;
    });
    expect(await saving).toBe('unknown');
    await first.admin.cluster('ADDSLOTS', slot);
    await agreed(first);
  });

  it("does not blame anybody either when the client is the application's own", async () => {
    const client = new Cluster([{ host: HOST, port: proxy.port }], { natMap: natMap() });
    client.on('error', () => undefined);
    const shared = redisSessions(client);
    const [known, record] = [await create(), await create()];
    expect(await shared.destroy(known.id, 1)).toBe('destroyed');
    await proxy.set({ kind: 'hold', direction: 'answers' });
    const destroying = outcomeOf(shared.destroy(record.id, 1));
    await answerIsLost(proxy, () => destroyed(record));
    expect(await destroying).toBe('unknown');
    await vi.waitFor(async () => expect(await shared.destroy(record.id, 1)).toBe('gone'), 5_000);
    await shared.onApplicationShutdown();
    client.disconnect();
  });
});

describe("What the application's own client of one Redis sends twice", () => {
  it('does not blame somebody else for the session that its first try has ended', async () => {
    const server = await startRedis();
    const admin = new Redis(server.url);
    const proxy = await FaultProxy.start(server.port);
    // As ioredis comes: what was not answered is sent again over the next connection.
    const client = new Redis(`redis://${HOST}:${proxy.port}`);
    client.on('error', () => undefined);
    await once(client, 'ready');
    const sessions = redisSessions(client);
    const [known, record] = [newRecord(), newRecord()];
    for (const each of [known, record]) await sessions.save(each);
    expect(await sessions.destroy(known.id, 1)).toBe('destroyed');
    await proxy.set({ kind: 'hold', direction: 'answers' });
    const destroying = outcomeOf(sessions.destroy(record.id, 1));
    await answerIsLost(proxy, async () => (await admin.exists(`session:${storageKey(record.id)}`)) === 0);
    expect(await destroying).toBe('unknown');
    expect(await sessions.destroy(record.id, 1)).toBe('gone');
    await sessions.onApplicationShutdown();
    for (const each of [client, admin]) each.disconnect();
    await proxy.stop();
    await server.stop();
  });
});
