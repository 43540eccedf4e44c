import { SessionStoreError } from '../contracts/errors.js';

/** Words of Redis that say why it cannot answer. Inside a script's error they may stand anywhere (Redis before 7). */
const REDIS_WORDS =
  /\b(READONLY|OOM|LOADING|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|MISCONF|NOAUTH|WRONGPASS|NOPERM|WRONGTYPE|BUSY)\b/;

/** The client never sent the command: it has no connection, and keeps no queue. */
const NEVER_SENT = /enableOfflineQueue options is false/;

/**
 * What the engine is told about a failed command. The client's own error holds the command with the whole session, so
 * nothing of it goes on but a known word.
 * @param wrote whether the command changes something, so that it matters if it was executed
 * @param connectionProblem the connection's last problem, when it is known
 * @param sentTwice whether the client may have sent it more than once: the error then speaks of the last time alone
 */
export function storeError(
  error: unknown,
  wrote: boolean,
  connectionProblem?: string,
  sentTwice = false,
): SessionStoreError {
  const certain = (isNeverSent(error) || isReply(error)) && !sentTwice;
  return new SessionStoreError(
    reasonOfFailure(error, connectionProblem),
    wrote && !certain ? 'unknown' : 'not-executed',
  );
}

function reasonOfFailure(error: unknown, connectionProblem: string | undefined): string {
  if (isNeverSent(error)) return connectionProblem ?? 'not connected';
  return isReply(error) ? reasonOf(error) : (connectionProblem ?? reasonOf(error));
}

/** One short word or phrase about an error of the client, which holds no key, value or command. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const word = REDIS_WORDS.exec(error.message)?.[1];
  if (word !== undefined) return word;
  if (isReply(error)) return /^[A-Z]{1,20}\b/.exec(error.message)?.[0] ?? 'error reply';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (/timeout|timed out|ETIMEDOUT/i.test(error.message)) return 'no answer in time';
  return 'connection closed';
}

/** Whether a key holds something that is no string at all. */
export function isWrongType(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError' && error.message.startsWith('WRONGTYPE');
}

/** Redis itself answered with an error: it did not execute the command then. A Cluster's client may have asked several nodes. */
function isReply(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'ReplyError' || error.message.startsWith('Too many Cluster redirections. Last error: ReplyError')
  );
}

function isNeverSent(error: unknown): boolean {
  return error instanceof Error && NEVER_SENT.test(error.message);
}
