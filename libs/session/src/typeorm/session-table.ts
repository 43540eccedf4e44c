/** Format of the rows that this version writes, and the only one that it changes. */
export const FORMAT = 1;

/** A statement, prepared once per connection. */
export interface Statement {
  readonly sql: string;
  /** Whether it changes something, so that it matters if it was executed. */
  readonly writes: boolean;
}

/** How many expired sessions one statement removes at most. */
export const SWEEP_BATCH = 200;

/** Milliseconds since 1970 by the server's clock. `UNIX_TIMESTAMP(NOW(3))` would be an hour off once a year, and depends on a time zone. */
const NOW = "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)";

const FIELDS =
  's.format, s.version, s.write_id, s.created_at, s.authenticated_at, s.expires_at, s.ends_at, s.principal, s.payload';

/** No time is later. */
const NEVER = '9223372036854775807';

/** The table as the entity describes it. The name has been checked: it is quoted, nothing in it can end the quotes. */
export function createTable(table: string): string {
  return `CREATE TABLE IF NOT EXISTS \`${table}\` (
  id BINARY(32) NOT NULL,
  format TINYINT UNSIGNED NOT NULL,
  version BIGINT UNSIGNED NOT NULL,
  write_id VARBINARY(64) NOT NULL,
  created_at BIGINT NOT NULL,
  authenticated_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  principal VARBINARY(1020) NOT NULL,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (id),
  INDEX sessions_expires_at (expires_at),
  INDEX sessions_principal (principal)
) ENGINE=InnoDB`;
}

/** Every statement on one table, each of them on one row by its primary key but for those of the sweep. */
export class SessionTable {
  readonly facts: Statement;
  readonly load: Statement;
  readonly loadCopy: Statement;
  readonly state: Statement;
  readonly insert: Statement;
  readonly update: Statement;
  readonly touch: Statement;
  readonly destroy: Statement;
  readonly destroyVersion: Statement;
  readonly expired: Statement;
  readonly remove: Statement;
  readonly takeTurn: Statement;
  readonly makeTurn: Statement;

  /**
   * @param name of the table, checked
   * @param timeoutMs after which the server gives a statement up
   */
  constructor(
    readonly name: string,
    timeoutMs: number,
  ) {
    const table = `\`${name}\``;
    const read = (sql: string): Statement => ({ sql: bounded(sql, timeoutMs), writes: false });
    const write = (sql: string): Statement => ({ sql: bounded(sql, timeoutMs), writes: true });
    // Not by the index of `expires_at`: in a small table it looks as cheap as the key, and locks its gaps against every other session.
    const expiry = 'expires_at + 0';
    const live = `format = ${FORMAT} AND ${expiry} > ${NOW}`;

    this.facts = read(`SELECT ${NOW}, @@max_allowed_packet`);
    this.load = read(
      `SELECT ${NOW}, @@max_allowed_packet, ${FIELDS} FROM ${table} s WHERE s.id = ? AND s.expires_at > ${NOW}`,
    );
    // The pulse comes with the row in one statement, so that it tells how old this very answer may be.
    this.loadCopy = read(
      `SELECT ${NOW}, pulse.created_at, ${FIELDS} FROM (SELECT 1) one LEFT JOIN ${table} pulse ON pulse.id = ? LEFT JOIN ${table} s ON s.id = ?`,
    );
    this.state = read(`SELECT format, version, write_id FROM ${table} WHERE id = ? AND expires_at > ${NOW}`);
    this.insert = write(
      `INSERT INTO ${table} (write_id, created_at, authenticated_at, expires_at, ends_at, principal, payload, id, format, version) ` +
        `VALUES (?, ?, ?, ?, ?, ?, ?, ?, ${FORMAT}, 1)`,
    );
    // What the absolute deadline follows from never changes under one id: a record may come through another instance, in the times of its clock.
    this.update = write(
      `UPDATE ${table} SET write_id = ?, authenticated_at = IF(authenticated_at > 0, authenticated_at, ?), expires_at = ?, principal = ?, payload = ?, ` +
        `version = version + 1 WHERE id = ? AND version = ? AND ${live}`,
    );
    // The version that is stored comes back with the answer: https://dev.mysql.com/doc/refman/8.4/en/information-functions.html#function_last-insert-id
    this.touch = write(
      `UPDATE ${table} SET expires_at = GREATEST(expires_at, ?), version = LAST_INSERT_ID(version) WHERE id = ? AND ${live}`,
    );
    this.destroy = write(`DELETE FROM ${table} WHERE id = ? AND ${expiry} > ${NOW}`);
    this.destroyVersion = write(`DELETE FROM ${table} WHERE id = ? AND version = ? AND ${live}`);
    // Two statements: a deletion along the index would lock its gaps against sessions that are just being stored.
    this.expired = read(
      `SELECT id FROM ${table} WHERE expires_at <= ${NOW} ORDER BY expires_at LIMIT ${String(SWEEP_BATCH)}`,
    );
    const marks = Array.from({ length: SWEEP_BATCH }, () => '?').join(', ');
    // In a small table it would read, and lock, every row. Only this form of a DELETE takes FORCE INDEX.
    this.remove = write(
      `DELETE s FROM ${table} s FORCE INDEX (PRIMARY) WHERE s.id IN (${marks}) AND s.expires_at <= ${NOW}`,
    );
    this.takeTurn = write(`UPDATE ${table} SET created_at = ${NOW} WHERE id = ? AND created_at <= ${NOW} - ?`);
    this.makeTurn = write(
      `INSERT IGNORE INTO ${table} (id, format, version, write_id, created_at, authenticated_at, expires_at, ends_at, principal, payload) ` +
        `VALUES (?, 0, 0, '', 0, 0, ${NEVER}, ${NEVER}, '', '')`,
    );
  }
}

/**
 * The statement with the server's own limit of time, and strict: too long is an error and never cut. MariaDB reads the comment
 * that begins with `M!`, MySQL the one that begins with `+`, which limits only SELECT there; no session variable is changed.
 */
function bounded(sql: string, timeoutMs: number): string {
  const seconds = (timeoutMs / 1_000).toFixed(3);
  const verb = /^\w+/.exec(sql)?.[0] ?? '';
  const hint =
    verb === 'SELECT' ? `MAX_EXECUTION_TIME(${String(timeoutMs)})` : "SET_VAR(sql_mode = 'STRICT_ALL_TABLES')";
  return (
    `/*M!100100 SET STATEMENT max_statement_time = ${seconds}, sql_mode = 'STRICT_ALL_TABLES' FOR */ ` +
    `${verb} /*+ ${hint} */${sql.slice(verb.length)}`
  );
}
