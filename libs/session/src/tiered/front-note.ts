import { decodeEnvelope, encodeEnvelope } from '../contracts/envelope.js';
import type { SessionRecord } from '../contracts/record.js';

/** What the front holds of a session: a copy of the record behind, or that it was destroyed. */
export type FrontNote =
  | {
      readonly kind: 'copy';
      readonly record: SessionRecord;
      /** Epoch milliseconds at which its reading, or its writing behind, began. */
      readonly readAt: number;
    }
  | { readonly kind: 'tombstone' };

const COPY = 'c';
const TOMBSTONE = 't';
const TIME_DIGITS = 14;

/** A note as the payload of a record in front. */
export function encodeNote(note: FrontNote): string {
  if (note.kind === 'tombstone') return TOMBSTONE;
  return COPY + String(note.readAt).padStart(TIME_DIGITS, '0') + encodeEnvelope(note.record);
}

/** Reads what `encodeNote` wrote; undefined for anything else. */
export function decodeNote(id: string, payload: string): FrontNote | undefined {
  if (payload === TOMBSTONE) return { kind: 'tombstone' };
  const readAt = Number(payload.slice(1, 1 + TIME_DIGITS));
  const record = decodeEnvelope(id, payload.slice(1 + TIME_DIGITS));
  return payload.startsWith(COPY) && readAt > 0 && !('rejected' in record)
    ? { kind: 'copy', record, readAt }
    : undefined;
}

/**
 * Whether a note may take the place of another. Nothing replaces a tombstone, so that a reading that was slow cannot bring a destroyed
 * session back; a copy is replaced by one of a later version, or of the same one that was read later, or touched in the same
 * millisecond.
 */
export function mayReplace(next: FrontNote, current: FrontNote | undefined): boolean {
  if (current === undefined) return true;
  if (current.kind === 'tombstone') return false;
  if (next.kind === 'tombstone') return true;
  const ahead =
    next.record.version - current.record.version ||
    next.readAt - current.readAt ||
    next.record.expiresAt - current.record.expiresAt;
  return ahead > 0;
}
