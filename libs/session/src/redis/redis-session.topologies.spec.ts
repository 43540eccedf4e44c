import { Cluster, Redis } from 'ioredis';
import { freePort, startRedis, startSentinel, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sessionRepositoryCompliance } from '../testing/index.js';
import { newRecord } from '../testing/sample-session.js';
import { redisSessions } from './index.js';

let stores = 0;
const nextPrefix = (): string => `topology-${stores++}:`;

describe('a Redis Cluster', () => {
  let node: ThrowawayServer;
  let applicationsClient: Cluster;
  beforeAll(async () => {
    node = await startClusterNode();
    applicationsClient = new Cluster([{ host: '127.0.0.1', port: node.port }]);
    applicationsClient.on('error', () => undefined);
  });
  afterAll(async () => {
    applicationsClient.disconnect();
    await node.stop();
  });

  sessionRepositoryCompliance({ describe, it }, 'Redis Cluster', () => {
    const prefix = nextPrefix();
    return {
      a: redisSessions({ cluster: [{ host: '127.0.0.1', port: node.port }], prefix }),
      b: redisSessions(applicationsClient, { prefix }),
      expiryResolutionMs: 500,
    };
  });

  it('keeps no application from starting when it is down, and serves when it is up', async () => {
    await node.kill();
    const sessions = redisSessions({ cluster: [{ host: '127.0.0.1', port: node.port }] });
    await sessions.onModuleInit();
    await expect(sessions.load(newRecord().id)).rejects.toThrow(
      /The session store cannot answer \(connection closed\)/,
    );
    await node.restart();
    await vi.waitFor(() => sessions.load(newRecord().id), { timeout: 10_000, interval: 5 });
    await sessions.onApplicationShutdown();
  }, 20_000);

  it('cannot answer when it has lost slots, and says so soon', async () => {
    const sessions = redisSessions({ cluster: [{ host: '127.0.0.1', port: node.port }] });
    await sessions.onModuleInit();
    const admin = new Redis(node.url);
    await admin.cluster('DELSLOTS', 0);
    await vi.waitFor(async () => expect(await admin.cluster('INFO')).toContain('cluster_state:fail'), 10_000);
    const start = performance.now();
    await expect(sessions.save(newRecord())).rejects.toMatchObject({
      outcome: 'not-executed',
      message: expect.stringMatching(/CLUSTERDOWN/),
    });
    // The client's own defaults would try for 1.6 seconds.
    expect(performance.now() - start).toBeLessThan(1_000);
    await admin.cluster('ADDSLOTS', 0);
    await vi.waitFor(() => sessions.save(newRecord()), { timeout: 10_000, interval: 5 });
    admin.disconnect();
    await sessions.onApplicationShutdown();
  }, 20_000);
});

describe('a Redis behind Sentinels', () => {
  let master: ThrowawayServer;
  let sentinel: ThrowawayServer;
  beforeAll(async () => {
    master = await startRedis();
    sentinel = await startSentinel({ masterPort: master.port, name: 'shop' });
  });
  afterAll(async () => {
    await sentinel.stop();
    await master.stop();
  });

  sessionRepositoryCompliance({ describe, it }, 'Redis behind Sentinels', () => {
    const prefix = nextPrefix();
    const sentinels = [{ host: '127.0.0.1', port: sentinel.port }];
    return {
      a: redisSessions({ sentinels, name: 'shop', prefix }),
      b: redisSessions({ sentinels, name: 'shop', prefix }),
      expiryResolutionMs: 500,
    };
  });

  it('is found through the next Sentinel when one stands still', async () => {
    const frozen = await startSentinel({ masterPort: master.port, name: 'shop' });
    frozen.freeze();
    const sentinels = [frozen, sentinel].map(({ port }) => ({ host: '127.0.0.1', port }));
    const sessions = redisSessions({ sentinels, name: 'shop' });
    await sessions.onModuleInit();
    expect(await vi.waitFor(() => sessions.load(newRecord().id), { timeout: 4_000, interval: 5 })).toBeNull();
    await sessions.onApplicationShutdown();
    await frozen.stop();
  });

  it('keeps no application from starting when no Sentinel answers', async () => {
    const sessions = redisSessions({ sentinels: [{ host: '127.0.0.1', port: await freePort() }], name: 'shop' });
    const start = performance.now();
    await sessions.onModuleInit();
    expect(performance.now() - start).toBeLessThan(2_000);
    await expect(sessions.load(newRecord().id)).rejects.toThrow(/The session store cannot answer/);
    await sessions.onApplicationShutdown();
  });
});

/** A Cluster of one node that has all slots. */
async function startClusterNode(): Promise<ThrowawayServer> {
  const busPort = String(await freePort());
  const args = ['--cluster-enabled', 'yes', '--cluster-port', busPort, '--cluster-announce-ip', '127.0.0.1'];
  const node = await startRedis({ args });
  const admin = new Redis(node.url);
  await admin.cluster('ADDSLOTSRANGE', 0, 16_383);
  await vi.waitFor(async () => expect(await admin.cluster('INFO')).toContain('cluster_state:ok'), 10_000);
  admin.disconnect();
  return node;
}
