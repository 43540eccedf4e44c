import { Logger } from '@nestjs/common';
import { checkedOptions, type FileSessionsOptions, warningAbout } from './file-session.options.js';
import { FileSessionRepository } from './file-session.repository.js';
import { MirroredFileSessionRepository } from './mirrored-file-session.repository.js';

export type { FileSessionsOptions } from './file-session.options.js';
export { FileSessionRepository } from './file-session.repository.js';
export { MirroredFileSessionRepository } from './mirrored-file-session.repository.js';

/**
 * Sessions in files of a shared directory, `fileSessions('/srv/sessions')`, or of several, so that one may be missing:
 * `fileSessions({ directories: ['/mnt/a', '/mnt/b', '/mnt/c'] })`.
 * @throws SessionConfigError with every problem of the options
 */
export function fileSessions(
  where: string | FileSessionsOptions,
): FileSessionRepository | MirroredFileSessionRepository {
  const settings = checkedOptions(where);
  const [first = '', ...more] = settings.directories;
  if (more.length === 0) return new FileSessionRepository(first, settings);
  const warning = warningAbout(settings.directories.length);
  if (warning !== undefined) Logger.warn(warning, 'SessionModule');
  return new MirroredFileSessionRepository(settings);
}
