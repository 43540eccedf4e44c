import { OwnedRedisClient } from './owned-redis-client.js';
import { isRedisClient, type RedisClient } from './redis-client.js';
import {
  checkOptions,
  prefixOf,
  refusePlace,
  type RedisKeyOptions,
  type RedisSessionsOptions,
} from './redis-session.options.js';
import { RedisSessionRepository } from './redis-session.repository.js';

export type { RedisClient } from './redis-client.js';
export type { RedisKeyOptions, RedisSessionsOptions } from './redis-session.options.js';
export { RedisSessionRepository } from './redis-session.repository.js';

/**
 * Sessions in Redis. With a URL or options the client is ours, and opened and closed with the application; a client of
 * the application's own, `Redis` or `Cluster`, is used as it is set up and never closed.
 * @throws SessionConfigError with every problem of the options
 */
export function redisSessions(where: string | RedisClient, options?: RedisKeyOptions): RedisSessionRepository;
export function redisSessions(options: RedisSessionsOptions): RedisSessionRepository;
export function redisSessions(
  where: string | RedisClient | RedisSessionsOptions,
  keys: RedisKeyOptions = {},
): RedisSessionRepository {
  if (typeof where === 'string') return redisSessions({ ...keys, url: where });
  if (typeof where !== 'object' || where === null || 'evalSha' in where) return refusePlace(where);
  if (isRedisClient(where)) return new RedisSessionRepository(where, prefixOf(keys));
  checkOptions(where);
  return new RedisSessionRepository(new OwnedRedisClient(where), prefixOf(where));
}
