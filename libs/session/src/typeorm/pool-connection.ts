import type { PoolConnection } from 'mysql2';

/** Closes a connection whose answer nobody waits for any more; the client's own way waits for the server's good-bye. */
export function discard(connection: PoolConnection): void {
  connection.destroy();
  const { stream } = connection as { stream?: { destroy?(): void } };
  stream?.destroy?.();
}

/** When the pool made the connection or got it back, epoch ms. */
export function lastActiveTimeOf(connection: PoolConnection): number {
  const { lastActiveTime } = connection as { lastActiveTime?: number };
  return lastActiveTime ?? Number.POSITIVE_INFINITY;
}
