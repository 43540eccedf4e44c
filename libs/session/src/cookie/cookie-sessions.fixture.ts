import { randomBytes } from 'node:crypto';
import type { SessionRecord } from '../contracts/record.js';
import type { SaveResult } from '../contracts/repository.js';
import { newWriteId } from '../contracts/session-id.js';
import { newRecord } from '../testing/sample-session.js';
import type { CookieSessionRepository } from './index.js';

/** A secret as one should make it. */
export function newSecret(): string {
  return randomBytes(36).toString('base64');
}

/** A session that was given out: its token and its record. */
export async function given(
  sessions: CookieSessionRepository,
  choice: Partial<SessionRecord> = {},
): Promise<{ token: string; record: SessionRecord }> {
  const record = newRecord(choice);
  return { token: tokenIn(await sessions.save(record)), record: { ...record, version: 1 } };
}

/** The next save of a record. */
export function nextOf(record: SessionRecord, choice: Partial<SessionRecord> = {}): SessionRecord {
  return { ...record, writeId: newWriteId(), ...choice };
}

/** The token of an answer that had to be `saved`. */
export function tokenIn(result: SaveResult): string {
  if (result.status !== 'saved') throw new Error(`a write was answered '${result.status}'`);
  return result.token;
}
