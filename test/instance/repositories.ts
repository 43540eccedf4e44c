import type { SessionRepository } from 'nestjs-shared-session';
import { fileSessions } from 'nestjs-shared-session/files';
import { redisSessions } from 'nestjs-shared-session/redis';
import { typeormSessions } from 'nestjs-shared-session/typeorm';

/** How an instance makes its repository from the store's address: one line for each way of keeping sessions. */
export const REPOSITORIES = {
  redis: (url) => redisSessions(url),
  files: (directory) => fileSessions(directory),
  typeorm: (url) => typeormSessions(url),
} satisfies Record<string, (address: string) => SessionRepository>;

export type StoreName = keyof typeof REPOSITORIES;
