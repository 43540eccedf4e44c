import { GivenDataSource } from './given-data-source.js';
import { OwnedDataSource } from './owned-data-source.js';
import { settingsOf, type TypeormSessionsOptions } from './typeorm-session.options.js';
import { TypeormSessionRepository } from './typeorm-session.repository.js';

export { CreateSessions1764000000000 } from './create-sessions.migration.js';
export { SessionEntity } from './session.entity.js';
export { TypeormSessionsOptions } from './typeorm-session.options.js';
export { TypeormSessionRepository } from './typeorm-session.repository.js';

/**
 * Sessions in a table of MySQL or MariaDB: a database of its own by `url`, `typeormSessions('mysql://user:password@host/sessions')`,
 * opened and closed with the application, or a table beside the business tables on the application's own `dataSource`, which is used
 * as it is set up and never closed.
 * @throws SessionConfigError with every problem of the options
 */
export function typeormSessions(where: string | TypeormSessionsOptions): TypeormSessionRepository {
  const settings = settingsOf(typeof where === 'string' ? { url: where } : where);
  const database =
    settings.dataSource === undefined ? new OwnedDataSource(settings) : new GivenDataSource(settings.dataSource);
  return new TypeormSessionRepository(database, settings);
}
