import { settingsOf, type TieredSessionsOptions } from './tiered-session.options.js';
import { TieredSessionRepository } from './tiered-session.repository.js';

export { TieredSessionsOptions } from './tiered-session.options.js';
export { TieredSessionRepository } from './tiered-session.repository.js';

/**
 * A quick repository in front of a lasting one: `tieredSessions({ front: memcachedSessions(url), behind: redisSessions(url) })`.
 * @throws SessionConfigError with every problem of the options
 */
export function tieredSessions(options: TieredSessionsOptions): TieredSessionRepository {
  return new TieredSessionRepository(settingsOf(options));
}
