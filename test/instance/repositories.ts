import type { SessionRepository } from 'nestjs-shared-session';
import { cookieSessions } from 'nestjs-shared-session/cookie';
import { fileSessions } from 'nestjs-shared-session/files';
import { redisSessions } from 'nestjs-shared-session/redis';
import { replicatedSessions, type ReplicatedSessionsOptions } from 'nestjs-shared-session/replicated';

/** How an instance makes its repository from the store's address and its own number: one line for each way of keeping sessions. */
export const REPOSITORIES = {
  redis: (url) => redisSessions(url),
  files: (directory) => fileSessions(directory),
  cookie: (address) => sealedCookies(JSON.parse(address) as SealedCookieAddress),
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
