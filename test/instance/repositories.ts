import type { SessionRepository } from 'nestjs-shared-session';
import { fileSessions } from 'nestjs-shared-session/files';
import { redisSessions } from 'nestjs-shared-session/redis';
import { replicatedSessions, type ReplicatedSessionsOptions } from 'nestjs-shared-session/replicated';

/** How an instance makes its repository from the store's address and its own number: one line for each way of keeping sessions. */
export const REPOSITORIES = {
  redis: (url) => redisSessions(url),
  files: (directory) => fileSessions(directory),
  replicated: (group, instance) => replicatedSessions(memberOf(group, instance)),
} satisfies Record<string, (address: string, instance: number) => SessionRepository>;

export type StoreName = keyof typeof REPOSITORIES;

/** One instance's part of a group: a list of peers and a secret, as JSON. */
function memberOf(group: string, instance: number): ReplicatedSessionsOptions {
  const { peers, secret } = JSON.parse(group) as { peers: string[]; secret: string };
  return { self: peers[instance] ?? '', peers, secret };
}
