import { IsBoolean, IsIn, IsObject, IsOptional, Matches, ValidateBy, validateSync } from 'class-validator';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { SessionConfigError } from '../contracts/errors.js';

type MysqlDataSourceOptions = Extract<DataSourceOptions, { type: 'mysql' | 'mariadb' }>;

const LONGEST_MS = 86_400_000;
const MYSQL_URL = 'mysql://user:password@host:port/database, without a query: TLS is the option ssl';

/** Where the table is and how it is used: one of `url` and `dataSource`. Times are milliseconds. */
export class TypeormSessionsOptions {
  /** `mysql://user:password@host:port/database`, for a connection of our own. Parts with special characters are percent-encoded; there is no query. */
  @IsOptional()
  @Satisfies(isMysqlUrl, `a URL such as ${MYSQL_URL}`)
  url?: string;

  /** URLs of replicas of that database. */
  @IsOptional()
  @Satisfies((value) => Array.isArray(value) && value.every(isMysqlUrl), `a list of URLs such as ${MYSQL_URL}`)
  replicas?: readonly string[];

  /** TLS to `url` and `replicas`, as mysql2 takes it. Default none. */
  @IsOptional()
  @IsObject({ message: "an object with mysql2's options of TLS" })
  ssl?: MysqlDataSourceOptions['ssl'];

  /** Connections to `url` and to each of `replicas`. Default 10. */
  @IsOptional()
  @Satisfies((value) => isWhole(value, 1, 1_000), 'a whole number from 1 to 1000')
  poolSize?: number;

  /** The application's own, of type `mysql` or `mariadb`. Its table is made by a migration. */
  @IsOptional()
  @Satisfies(isMysqlDataSource, "a DataSource of TypeORM of the type 'mysql' or 'mariadb'")
  dataSource?: DataSource;

  /** Default `sessions`. */
  @IsOptional()
  @Matches(/^[A-Za-z_]\w{0,63}$/, { message: 'a name of up to 64 letters, digits and _' })
  table?: string;

  /** Whether a missing table is made at the first connection. Default true with `url`, false with `dataSource`. */
  @IsOptional()
  @IsBoolean({ message: 'true or false' })
  createTable?: boolean;

  /**
   * Default `primary`: replicas only stand in, marked `stale`, while the primary does not answer. With `replica` they are asked first, and the
   * primary when they are behind. Either way nobody is shown an older version than they have seen.
   */
  @IsOptional()
  @IsIn(['primary', 'replica'], { message: "'primary' or 'replica'" })
  reads?: 'primary' | 'replica';

  /**
   * Replicas that are further behind are not believed, so a destroyed session is served no longer than that. While the primary does not
   * answer, those are not believed that were further behind when it was last heard. Default 2 s.
   */
  @IsOptional()
  @Satisfies((value) => isWhole(value, 1_000, LONGEST_MS), `milliseconds from 1000 to ${String(LONGEST_MS)}`)
  maxLagMs?: number;

  /** All statements of one call; a little less than the module's `timeout.command`. Default 450. */
  @IsOptional()
  @Satisfies((value) => isWhole(value, 50, 60_000), 'milliseconds from 50 to 60000')
  timeoutMs?: number;

  /** Between two sweeps of expired sessions, by one of all instances, about; 0 for never. Default a minute. */
  @IsOptional()
  @Satisfies((value) => isWhole(value, 0, LONGEST_MS), `milliseconds from 0 to ${String(LONGEST_MS)}`)
  sweepEveryMs?: number;
}

/** The options with all defaults. `url` is empty with a `dataSource`. */
export type TypeormSettings = Required<Omit<TypeormSessionsOptions, 'dataSource' | 'ssl'>> &
  Pick<TypeormSessionsOptions, 'dataSource' | 'ssl'>;

/** Checks the options and fills in the defaults. Throws `SessionConfigError` with every problem, and shows no value: a URL holds a password. */
export function settingsOf(given: TypeormSessionsOptions): TypeormSettings {
  const options = Object.assign(new TypeormSessionsOptions(), given);
  const errors = validateSync(options, { whitelist: true, forbidNonWhitelisted: true });
  const problems = errors.flatMap(({ property, constraints = {} }) =>
    Object.entries(constraints).map(([rule, allowed]) =>
      rule === 'whitelistValidation' ? `${property}: there is no such option` : `${property}: allowed is ${allowed}`,
    ),
  );
  if (problems.length === 0) problems.push(...contradictions(options));
  if (problems.length > 0) throw new SessionConfigError(problems.map((problem) => `typeormSessions: ${problem}`));
  const set = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return {
    url: '',
    replicas: [],
    poolSize: 10,
    table: 'sessions',
    createTable: options.dataSource === undefined,
    reads: 'primary',
    maxLagMs: 2_000,
    timeoutMs: 450,
    sweepEveryMs: 60_000,
    ...set,
  };
}

function contradictions({ url, replicas, ssl, poolSize, dataSource, reads }: TypeormSessionsOptions): string[] {
  const problems: string[] = [];
  if ((url === undefined) === (dataSource === undefined)) problems.push('allowed is one of url and dataSource');
  if (dataSource !== undefined) {
    for (const [name, value] of Object.entries({ replicas, ssl, poolSize })) {
      if (value !== undefined) problems.push(`${name}: belongs to the options of the dataSource`);
    }
    problems.push(...problemsOfReplication(dataSource));
  }
  if (reads === 'replica' && !(replicas?.length || replicationOf(dataSource) !== undefined)) {
    problems.push("reads: 'replica' needs replicas, or a dataSource with replication");
  }
  return problems;
}

/** mysql2 takes a node out for good after five errors, and with `canRetry` asks it again without end: neither survives an outage. */
function problemsOfReplication(dataSource: DataSource): string[] {
  const replication = replicationOf(dataSource);
  if (replication === undefined) return [];
  const { canRetry, removeNodeErrorCount = 5 } = replication;
  if (canRetry === false && removeNodeErrorCount === Number.POSITIVE_INFINITY) return [];
  return ['dataSource: its replication needs canRetry: false and removeNodeErrorCount: Infinity to survive an outage'];
}

function replicationOf(dataSource: DataSource | undefined): MysqlDataSourceOptions['replication'] {
  return (dataSource?.options as MysqlDataSourceOptions | undefined)?.replication;
}

function isMysqlDataSource(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('driver' in value && 'options' in value)) return false;
  const { driver, options } = value as { driver: object; options: { type?: unknown } };
  return ['mysql', 'mariadb'].includes(String(options.type)) && 'obtainMasterConnection' in driver;
}

function isMysqlUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, hostname, pathname } = new URL(value);
  const isPlace = ['mysql:', 'mariadb:'].includes(protocol) && hostname !== '' && /^\/[^/]+$/.test(pathname);
  // What stands in a query would be read by nobody: a connection that is meant to be encrypted would not be.
  return isPlace && !/[?#]/.test(value);
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function Satisfies(validate: (value: unknown) => boolean, allowed: string): PropertyDecorator {
  return ValidateBy({ name: 'satisfies', validator: { validate, defaultMessage: () => allowed } });
}
