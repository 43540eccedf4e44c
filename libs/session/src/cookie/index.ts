import type { CookieSessionsOptions } from './cookie-session.options.js';
import { CookieSessionRepository } from './cookie-session.repository.js';

export type { CookieSessionsOptions } from './cookie-session.options.js';
export { CookieSessionRepository } from './cookie-session.repository.js';

/**
 * Sessions sealed in the client's cookie: `SessionModule.forRoot({ repository: cookieSessions({ secrets, revocations }) })`. The
 * repository of the revocations is started and closed with this one.
 * @throws SessionConfigError with every problem of the options
 */
export function cookieSessions(options: CookieSessionsOptions): CookieSessionRepository {
  return new CookieSessionRepository(options);
}
