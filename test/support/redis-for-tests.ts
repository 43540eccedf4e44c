import { findServer, REDIS, startRedis } from 'throwaway-servers';

/** Specs that kill, freeze, empty or configure their Redis: not for one that may belong to somebody. */
export const SPECS_WITH_THEIR_OWN_REDIS = [
  'libs/servers/src/throwaway-server.spec.ts',
  'libs/session/src/redis/redis-session.failures.spec.ts',
  'libs/session/src/redis/redis-session.repository.spec.ts',
  'libs/session/src/redis/redis-session.topologies.spec.ts',
  'apps/demo/src/balancer/rotation.spec.ts',
  'test/scenarios/redis-faults.spec.ts',
];

/** Whether only the Redis that `REDIS_URL` names can be had: it is used with care, and never emptied. */
export function onlyForeignRedis(): boolean {
  return process.env['REDIS_URL'] !== undefined && findServer(REDIS.binary) === undefined;
}

/** A Redis to keep sessions in: a throw-away one, or, without redis-server on this machine, the one that `REDIS_URL` names. */
export async function redisForTests(): Promise<{ address: string; stop(): Promise<unknown> }> {
  if (onlyForeignRedis()) return { address: process.env['REDIS_URL'] as string, stop: () => Promise.resolve() };
  const redis = await startRedis();
  return { address: redis.url, stop: () => redis.stop() };
}
