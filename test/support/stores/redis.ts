import { Redis } from 'ioredis';
import { storageKey } from 'nestjs-shared-session';
import { FaultProxy, findServer, REDIS, startRedis } from 'throwaway-servers';
import type { FaultyStore, StartedStore, TestStore } from './test-store.js';

/** Specs that kill, freeze, empty or configure their Redis: not for one that may belong to somebody. */
export const SPECS_WITH_THEIR_OWN_REDIS = [
  'libs/servers/src/throwaway-server.spec.ts',
  'libs/session/src/cookie/cookie-session.store-loss.spec.ts',
  'libs/session/src/redis/redis-session.durability.spec.ts',
  'libs/session/src/redis/redis-session.failover.spec.ts',
  'libs/session/src/redis/redis-session.failures.spec.ts',
  'libs/session/src/redis/redis-session.repository.spec.ts',
  'libs/session/src/redis/redis-session.topologies.spec.ts',
  'libs/session/src/tiered/tiered-session.front-loss.spec.ts',
  'libs/session/src/tiered/tiered-session.repository.spec.ts',
  'apps/demo/src/balancer/rotation.spec.ts',
  'test/scenarios/cookie-faults.spec.ts',
  'test/scenarios/store-faults.spec.ts',
];

/** Whether only the Redis that `REDIS_URL` names can be had: it is used with care, and never emptied. */
export function onlyForeignRedis(): boolean {
  return process.env['REDIS_URL'] !== undefined && findServer(REDIS.binary) === undefined;
}

/** Sessions in a throw-away Redis, or, without redis-server on this machine, in the one that `REDIS_URL` names. */
export const redis: TestStore = {
  name: 'redis',
  endsByItsOwnClock: true,
  rounds: { writers: 20, logout: 1_000, redirect: 500 },
  start: async (): Promise<StartedStore> => {
    if (onlyForeignRedis()) return { address: process.env['REDIS_URL'] as string, stop: async () => {} };
    const server = await startRedis();
    return { address: server.url, stop: () => server.stop() };
  },
  startFaulty,
};

async function startFaulty(): Promise<FaultyStore> {
  const server = await startRedis();
  const proxy = await FaultProxy.start(server.port);
  const admin = new Redis(server.url);
  const keyOf = (token: string): string => `session:${storageKey(token)}`;
  await admin.config('SET', 'maxmemory-policy', 'noeviction');
  return {
    address: `redis://127.0.0.1:${proxy.port}`,
    proxy,
    refusals: {
      'is out of memory': setting(admin, 'maxmemory'),
      'has too few replicas': setting(admin, 'min-replicas-to-write'),
    },
    count: () => admin.dbsize(),
    stored: async (token) => String(await admin.getBuffer(keyOf(token))),
    overwrite: async (token, value) => void (await admin.set(keyOf(token), value)),
    stop: async () => {
      admin.disconnect();
      await proxy.stop();
      await server.stop();
    },
  };
}

function setting(admin: Redis, name: string): { begin(): Promise<unknown>; end(): Promise<unknown> } {
  return { begin: () => admin.config('SET', name, '1'), end: () => admin.config('SET', name, '0') };
}
