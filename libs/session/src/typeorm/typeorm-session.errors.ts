import { SessionStoreError } from '../contracts/errors.js';

/** The server gave up or went away in the middle: perhaps after the change was made. */
const ENDED_MIDWAY = new Set([
  'ER_QUERY_INTERRUPTED',
  'ER_QUERY_TIMEOUT',
  'ER_STATEMENT_TIMEOUT',
  'ER_SERVER_SHUTDOWN',
  'ER_CONNECTION_KILLED',
]);

/** The server takes no writes: has it become a replica, then the primary is elsewhere by now. */
const DEMOTED = new Set(['ER_OPTION_PREVENTS_STATEMENT', 'ER_READ_ONLY_MODE']);

/** What one connection was told. */
const READ_ONLY_CONNECTION = 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION';

/** Rolled back because another transaction was in the way; made again, it succeeds. */
const IN_THE_WAY = new Set(['ER_LOCK_DEADLOCK', 'ER_CHECKREAD']);

const CROWDED = 'every connection is in use';

/** As many wait for a connection as may, although the server answers. */
export class CrowdedError extends SessionStoreError {
  override readonly name = 'SessionStoreError';

  constructor() {
    super(CROWDED);
  }
}

/**
 * What the engine is told about a failed statement. The client's own error holds the SQL and values of the session, and TypeORM's
 * `QueryFailedError` all its parameters, so nothing of it goes on but a known word.
 */
export function storeError(error: unknown, wrote: boolean): SessionStoreError {
  if (error instanceof SessionStoreError) return error;
  const reason = reasonOf(error);
  return new SessionStoreError(reason, wrote && !isRefusal(error) ? 'unknown' : 'not-executed');
}

/** One word about an error of the client or the server, such as `ER_NO_SUCH_TABLE`, which holds no value. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (isCrowded(error)) return CROWDED;
  return codeOf(error) ?? 'connection closed';
}

/** Whether the pool has neither a connection nor room to wait for one. */
export function isCrowded(error: unknown): boolean {
  return error instanceof Error && /Queue limit|No connections/.test(error.message);
}

/** Whether a row with this key exists already. */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === 'ER_DUP_ENTRY';
}

/** Whether there is no such table. */
export function isMissingTable(error: unknown): boolean {
  return codeOf(error) === 'ER_NO_SUCH_TABLE';
}

/** Whether a statement was rolled back for the sake of another and may be made again at once. */
export function isInTheWay(error: unknown): boolean {
  return IN_THE_WAY.has(codeOf(error) ?? '');
}

/** Whether the server takes no writes, over whatever connection. */
export function isDemoted(error: unknown): boolean {
  return DEMOTED.has(codeOf(error) ?? '');
}

/** Whether this connection takes no writes. */
export function isReadOnly(error: unknown): boolean {
  return isDemoted(error) || codeOf(error) === READ_ONLY_CONNECTION;
}

/** Whether the server itself answered, so that it is there. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'sqlState' in error && !('fatal' in error && error.fatal === true);
}

/** Whether the server itself said no, so that nothing was changed. */
function isRefusal(error: unknown): boolean {
  return isAnswer(error) && !ENDED_MIDWAY.has(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined;
  return /^[A-Z][A-Z0-9_]{2,60}$/.test(error.code) ? error.code : undefined;
}
