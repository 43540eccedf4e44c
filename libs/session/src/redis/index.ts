import { OwnedRedisClient } from './owned-redis-client.js';
import { isRedisClient, type RedisClient } from './redis-client.js';
import {
  checkOptions,
  checkOwnClient,
  prefixOf,
  refusePlace,
  replicationOf,
  type RedisDurabilityOptions,
  type RedisKeyOptions,
  type RedisSessionsOptions,
} from './redis-session.options.js';
import { RedisSessionRepository } from './redis-session.repository.js';
import { ReplicatedWrites } from './replicated-writes.js';

export type { RedisClient } from './redis-client.js';
export type {
  RedisDurabilityOptions,
  RedisKeyOptions,
  RedisSessionsOptions,
  Replication,
} from './redis-session.options.js';
export { RedisSessionRepository } from './redis-session.repository.js';

/**
 * Sessions in Redis. With a URL or options the client is ours, and opened and closed with the application; a client of
 * the application's own, `Redis` or `Cluster`, is used as it is set up and never closed.
 * @throws SessionConfigError with every problem of the options
 */
export function redisSessions(
  where: string | RedisClient,
  options?: RedisKeyOptions & RedisDurabilityOptions,
): RedisSessionRepository;
export function redisSessions(options: RedisSessionsOptions): RedisSessionRepository;
export function redisSessions(
  where: string | RedisClient | RedisSessionsOptions,
  more: RedisKeyOptions & RedisDurabilityOptions = {},
): RedisSessionRepository {
  if (typeof where === 'string') return redisSessions({ ...more, url: where });
  if (typeof where !== 'object' || where === null || 'evalSha' in where) return refusePlace(where);
  if (isRedisClient(where)) {
    checkOwnClient(more);
    return new RedisSessionRepository(where, prefixOf(more));
  }
  checkOptions(where);
  const replication = replicationOf(where);
  const replicated = replication && new ReplicatedWrites(new OwnedRedisClient(where), replication);
  return new RedisSessionRepository(new OwnedRedisClient(where), prefixOf(where), replicated);
}
