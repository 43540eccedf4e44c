import type { SessionRepository } from 'nestjs-shared-session';
import { cookieSessions } from 'nestjs-shared-session/cookie';
import { fileSessions } from 'nestjs-shared-session/files';
import { memcachedSessions } from 'nestjs-shared-session/memcached';
import { redisSessions } from 'nestjs-shared-session/redis';
import { tieredSessions } from 'nestjs-shared-session/tiered';

/** How an instance makes its repository from the store's address: one line for each way of keeping sessions. */
export const REPOSITORIES = {
  redis: (url) => redisSessions(url),
  files: (directory) => fileSessions(directory),
  cookie: (address) => sealedCookies(JSON.parse(address) as SealedCookieAddress),
  memcached: (url) => memcachedSessions(url),
  tiered: (urls) => {
    const [front = '', behind = ''] = urls.split(' ');
    // On a busy machine the front may need longer to hear of a logout than the default gives it; then that would count later.
    return tieredSessions({
      front: memcachedSessions(front),
      behind: redisSessions(behind),
      frontTimeoutMs: 400,
    });
  },
} satisfies Record<string, (address: string) => SessionRepository>;

export type StoreName = keyof typeof REPOSITORIES;

/** All that instances must share to seal sessions into cookies. */
export interface SealedCookieAddress {
  readonly secret: string;
  /** Of a Redis. */
  readonly revocations: string;
}

function sealedCookies({ secret, revocations }: SealedCookieAddress): SessionRepository {
  return cookieSessions({ secrets: [secret], revocations: redisSessions(revocations) });
}
