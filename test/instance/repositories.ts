import type { SessionRepository } from 'nestjs-shared-session';
import { cookieSessions } from 'nestjs-shared-session/cookie';
import { fileSessions, type FileSessionsOptions } from 'nestjs-shared-session/files';
import { memcachedSessions } from 'nestjs-shared-session/memcached';
import { redisSessions, type RedisSessionsOptions } from 'nestjs-shared-session/redis';
import { tieredSessions } from 'nestjs-shared-session/tiered';
import { typeormSessions, type TypeormSessionsOptions } from 'nestjs-shared-session/typeorm';
import { replicatedSessions, type ReplicatedSessionsOptions } from 'nestjs-shared-session/replicated';

/** How an instance makes its repository from the store's address and its own number: one line for each way of keeping sessions. */
export const REPOSITORIES = {
  redis: (address) =>
    address.startsWith('{') ? redisSessions(JSON.parse(address) as RedisSessionsOptions) : redisSessions(address),
  // A busy machine's disk may stand still for longer than the default gives it; the instances' own timeouts say how long is too long.
  files: (directory) => fileSessions({ directory, deadlineMs: 5_000 }),
  'files-3': (options) => fileSessions(JSON.parse(options) as FileSessionsOptions),
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
  typeorm: (address) =>
    address.startsWith('{') ? typeormSessions(JSON.parse(address) as TypeormSessionsOptions) : typeormSessions(address),
  replicated: (group, instance = 0) => replicatedSessions(memberOf(JSON.parse(group) as ReplicatedGroup, instance)),
} satisfies Record<string, (address: string, instance?: number) => SessionRepository>;

export type StoreName = keyof typeof REPOSITORIES;

/** All that instances must share to seal sessions into cookies. */
export interface SealedCookieAddress {
  readonly secret: string;
  /** Of a Redis. */
  readonly revocations: string;
}

/** All that instances must know of each other to hold the sessions themselves. */
export interface ReplicatedGroup {
  readonly peers: string[];
  readonly secret: string;
}

function sealedCookies({ secret, revocations }: SealedCookieAddress): SessionRepository {
  return cookieSessions({ secrets: [secret], revocations: redisSessions(revocations) });
}

function memberOf({ peers, secret }: ReplicatedGroup, instance: number): ReplicatedSessionsOptions {
  return { self: peers[instance] ?? '', peers, secret };
}
