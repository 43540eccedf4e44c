import type { FileSessionsOptions } from './file-session.options.js';
import { FileSessionRepository } from './file-session.repository.js';

export type { FileSessionsOptions } from './file-session.options.js';
export { FileSessionRepository } from './file-session.repository.js';

/**
 * Sessions in files of one shared directory: `SessionModule.forRoot({ repository: fileSessions('/srv/sessions') })`.
 * @throws SessionConfigError with every problem of the options
 */
export function fileSessions(where: string | FileSessionsOptions): FileSessionRepository {
  return new FileSessionRepository(where);
}
