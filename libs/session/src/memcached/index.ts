import { type MemcachedSessionsOptions, settingsOf } from './memcached-session.options.js';
import { MemcachedSessionRepository } from './memcached-session.repository.js';

export { MemcachedSessionsOptions } from './memcached-session.options.js';
export { MemcachedSessionRepository } from './memcached-session.repository.js';

/**
 * Sessions in the memory of one or several memcached: `memcachedSessions('memcached://10.0.0.1:11211,10.0.0.2:11211')`.
 * @throws SessionConfigError with every problem of the options
 */
export function memcachedSessions(
  url: string,
  options?: Omit<MemcachedSessionsOptions, 'url' | 'nodes'>,
): MemcachedSessionRepository;
export function memcachedSessions(options: MemcachedSessionsOptions): MemcachedSessionRepository;
export function memcachedSessions(
  where: string | MemcachedSessionsOptions,
  options: Omit<MemcachedSessionsOptions, 'url' | 'nodes'> = {},
): MemcachedSessionRepository {
  return new MemcachedSessionRepository(settingsOf(typeof where === 'string' ? { ...options, url: where } : where));
}
