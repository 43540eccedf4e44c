import { execFileSync } from 'node:child_process';
import { Redis } from 'ioredis';
import { startRedis, startSentinel, type ThrowawayServer } from 'throwaway-servers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { storageKey } from '../contracts/session-id.js';
import { newRecord } from '../testing/sample-session.js';
import { redisSessions, type RedisSessionsOptions } from './index.js';

const NAME = 'shop';
/** A replica is in step as soon as it may be, and not after a wait for others. */
const AT_ONCE = ['--repl-diskless-sync-delay', '0'];
const SOON = { timeout: 20_000, interval: 20 };

describe('a master that an operator moves', { timeout: 60_000 }, () => {
  let old: ThrowawayServer;
  let replica: ThrowawayServer;
  let onOld: Redis;
  let onNew: Redis;
  const stops: (() => unknown)[] = [];

  beforeEach(async () => {
    old = await started(startRedis({ args: AT_ONCE }));
    replica = await started(startRedis({ replicaOf: old.port, args: AT_ONCE }));
    [onOld, onNew] = [clientOf(old), clientOf(replica)];
    await vi.waitFor(async () => expect(await onNew.info('replication')).toContain('master_link_status:up'), SOON);
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  });

  it('is followed at once, long before Sentinel turns to the old one', async () => {
    const [sentinel] = (await sentinels(1)) as [ThrowawayServer];
    const sessions = repository([sentinel]);
    await sessions.save(newRecord());
    await failover(sentinel);
    await vi.waitFor(async () => expect(await whereSaved(sessions)).toEqual({ old: 0, new: 1 }), {
      timeout: 6_000,
      interval: 20,
    });
    expect(await onOld.role()).toContain('master');
  });

  it('costs one reconnection: another Sentinel that tells later of the same new master tells no news', async () => {
    const [first, late] = (await sentinels(2)) as [ThrowawayServer, ThrowawayServer];
    const sessions = repository([first, late]);
    await sessions.load(newRecord().id);
    const listener = clientOf(late);
    await listener.subscribe('+switch-master');
    const told = new Promise((resolve) => listener.once('message', (_channel, message) => resolve(message)));

    late.freeze();
    await failover(first);
    await vi.waitFor(async () => expect(await whereSaved(sessions)).toEqual({ old: 0, new: 1 }), SOON);
    late.thaw();
    expect(await told).toBe(`${NAME} 127.0.0.1 ${old.port} 127.0.0.1 ${replica.port}`);
    // It tells all its listeners in one turn, so the repository has the news during these.
    for (let nth = 0; nth < 50; nth += 1) expect(await sessions.load(newRecord().id)).toBeNull();
  });

  it('is followed also when it is told of while a connection to the old one is being made', async () => {
    const [sentinel] = (await sentinels(1)) as [ThrowawayServer];
    let isArmed = false;
    // Called between the Sentinel's word, which is the old master's address, and the connection to there; nothing else happens meanwhile.
    const natMap = (address: string) => {
      if (isArmed) failoverNow(sentinel);
      isArmed = false;
      const [host = '', port] = address.split(':');
      return { host, port: Number(port) };
    };
    const sessions = repository([sentinel], { natMap });
    await sessions.save(newRecord());
    isArmed = true;
    await onOld.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES');
    await vi.waitFor(() => expect(isArmed).toBe(false), SOON);
    await vi.waitFor(async () => expect(await whereSaved(sessions)).toEqual({ old: 0, new: 1 }), {
      timeout: 6_000,
      interval: 20,
    });
    expect(await onOld.role()).toContain('master');
  });

  async function started(starting: Promise<ThrowawayServer>): Promise<ThrowawayServer> {
    const server = await starting;
    stops.push(() => server.stop());
    return server;
  }

  function clientOf({ url }: ThrowawayServer): Redis {
    const client = new Redis(url);
    stops.push(() => client.disconnect());
    return client;
  }

  /** They know each other and the replica, so each of them can name another master. */
  async function sentinels(count: number): Promise<ThrowawayServer[]> {
    const watched = { masterPort: old.port, name: NAME };
    const servers = await Promise.all(Array.from({ length: count }, () => started(startSentinel(watched))));
    for (const client of servers.map(clientOf)) {
      const facts = async (): Promise<string> => String(await client.call('SENTINEL', 'MASTER', NAME));
      await vi.waitFor(
        async () => expect(await facts()).toMatch(`num-slaves,1,num-other-sentinels,${count - 1},`),
        SOON,
      );
    }
    return servers;
  }

  function repository(
    servers: readonly ThrowawayServer[],
    more: Partial<RedisSessionsOptions> = {},
  ): ReturnType<typeof redisSessions> {
    const sessions = redisSessions({
      sentinels: servers.map(({ port }) => ({ host: '127.0.0.1', port })),
      name: NAME,
      ...more,
    });
    stops.push(() => sessions.onApplicationShutdown());
    return sessions;
  }

  async function failover(sentinel: ThrowawayServer): Promise<void> {
    const client = clientOf(sentinel);
    await vi.waitFor(() => client.call('SENTINEL', 'FAILOVER', NAME), SOON);
  }

  async function whereSaved(sessions: ReturnType<typeof redisSessions>): Promise<{ old: number; new: number }> {
    const record = newRecord();
    await sessions.save(record);
    const key = `session:${storageKey(record.id)}`;
    return { old: await onOld.exists(key), new: await onNew.exists(key) };
  }
});

/** Has a Sentinel make another server the master, and returns when all who listen are told; this process does nothing else meanwhile. */
function failoverNow(sentinel: ThrowawayServer): void {
  const script = `
    import { Redis } from 'ioredis';
    const [sentinel, listener] = [new Redis('${sentinel.url}'), new Redis('${sentinel.url}')];
    await listener.subscribe('+switch-master');
    const told = new Promise((resolve) => listener.once('message', resolve));
    await sentinel.call('SENTINEL', 'FAILOVER', '${NAME}');
    await told;
    for (const client of [sentinel, listener]) client.disconnect();
  `;
  execFileSync(process.execPath, ['--input-type=module', '--eval', script], { timeout: 20_000 });
}
