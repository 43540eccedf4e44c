import type { SessionRecord } from '../contracts/record.js';
import { newSessionId, newWriteId } from '../contracts/session-id.js';

/** The fields of a record that a case may choose. */
export type RecordChoice = Partial<Omit<SessionRecord, 'version' | 'writeId'>>;

/** A session as a server holds it: the token that the client has, and the record as it was stored last. */
export interface HeldSession {
  readonly token: string;
  readonly record: SessionRecord;
}

/** A payload as the engine writes it, with one value. */
export function payloadOf(data: unknown): string {
  const text = JSON.stringify(data);
  return `1["data",${text.length}]\n${text}`;
}

/** The list that `payloadOf` was given. */
export function listIn(record: SessionRecord): number[] {
  const list: number[] = JSON.parse(record.payload.slice(record.payload.indexOf('\n')));
  return list;
}

/** A time so far ahead that no case reaches it, epoch milliseconds. */
export function inAnHour(): number {
  return Date.now() + 3_600_000;
}

/** The absolute timeout of sample sessions: later than any deadline that a case chooses. */
function inYears(): number {
  return Date.now() + 1_000 * 86_400_000;
}

/** A session that is not stored yet. */
export function newRecord(choice: RecordChoice = {}): SessionRecord {
  return {
    id: newSessionId(),
    version: 0,
    writeId: newWriteId(),
    createdAt: Date.now(),
    expiresAt: inAnHour(),
    endsAt: inYears(),
    payload: payloadOf({ basket: [] }),
    ...choice,
  };
}

/** The next write of a session. */
export function nextWrite(held: HeldSession, choice: RecordChoice = {}): SessionRecord {
  return { ...held.record, writeId: newWriteId(), ...choice };
}
