import type { SessionRecord } from 'nestjs-shared-session';
import { randomBytes, randomUUID } from 'node:crypto';
import { sampleSession } from './sample-session.js';

const HOUR_MS = 3_600_000;

/** A new session, with which a repository can be tried without an application; it ends in an hour. */
export function sampleRecord(data: object = sampleSession()): SessionRecord {
  const now = Date.now();
  return {
    id: randomBytes(32).toString('base64url'),
    version: 0,
    writeId: randomUUID(),
    createdAt: now,
    expiresAt: now + HOUR_MS,
    endsAt: now + HOUR_MS,
    payload: `1${JSON.stringify(data)}`,
  };
}
