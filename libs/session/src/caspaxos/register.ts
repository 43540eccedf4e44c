import { decodeEnvelope, encodeEnvelope } from '../contracts/envelope.js';
import type { RejectedRecord, SessionRecord } from '../contracts/record.js';

/**
 * What a register holds, as one text: nothing yet, a live session, or what is left of one that has ended.
 *
 * | text                                                     |                                                                       |
 * | -------------------------------------------------------- | --------------------------------------------------------------------- |
 * | (empty)                                                  | nothing was ever stored                                               |
 * | `L`, until, count (2), marks (13 each), envelope         | the session, and the marks of the writes of its last versions, the newest first |
 * | `E`, until, by (36)                                      | ended, and by which destroy                                           |
 *
 * `until` (14 digits, epoch ms) is the absolute deadline: until then a late message could speak of the session as if it lived.
 */
export type RegisterText = string;

/** Nothing was ever stored. */
export const EMPTY: RegisterText = '';

/**
 * How many versions back a write can still be told from another one: "which write made version n?" With 8 of them, twenty writers of
 * one session at two instances were now and then told that nobody knows.
 */
export const WRITES_KEPT = 32;

const WRITE_ID_LENGTH = 36;
const UNTIL = { start: 1, end: 15 } as const;
const COUNT = { start: UNTIL.end, end: UNTIL.end + 2 } as const;
const MARK_LENGTH = 13;
const SYNTAX = /^(?:L\d{14}(?:0[1-9]|[12]\d|3[0-2])|E\d{14}.{36}$)/;

/** An ending that nobody asked for: the deadline passed. */
export const EXPIRY = ' '.repeat(WRITE_ID_LENGTH);

/** Whether a text that came from outside can be a register's at all. */
export function isRegisterText(value: unknown): value is RegisterText {
  if (typeof value !== 'string') return false;
  return value === EMPTY || (SYNTAX.test(value) && (isEnded(value) || value.length > envelopeStart(value)));
}

/** What a register keeps of a write id: 48 random bits of a UUID. */
export function markOf(writeId: string): string {
  return writeId.slice(0, MARK_LENGTH);
}

/** @param earlierMarks of the writes before this one, the newest first */
export function liveText(record: SessionRecord, earlierMarks: readonly string[]): RegisterText {
  const marks = [markOf(record.writeId), ...earlierMarks].slice(0, WRITES_KEPT);
  const until = Math.max(record.endsAt, record.expiresAt);
  return `L${time(until)}${String(marks.length).padStart(2, '0')}${marks.join('')}${encodeEnvelope(record)}`;
}

/** The same session, its envelope replaced. */
export function withEnvelope(text: RegisterText, envelope: string): RegisterText {
  return text.slice(0, envelopeStart(text)) + envelope;
}

/** @param by the write id of a destroy, or `EXPIRY` */
export function endedText(live: RegisterText, by: string): RegisterText {
  return `E${live.slice(UNTIL.start, UNTIL.end)}${by}`;
}

/** Whether the session has ended. */
export function isEnded(text: RegisterText): boolean {
  return text.startsWith('E');
}

/** Which destroy ended it. */
export function endedBy(text: RegisterText): string {
  return text.slice(UNTIL.end);
}

/** The absolute deadline, epoch ms. Not of the empty text. */
export function untilOf(text: RegisterText): number {
  return Number(text.slice(UNTIL.start, UNTIL.end));
}

/** The record of a live session as `encodeEnvelope` wrote it. */
export function envelopeOf(live: RegisterText): string {
  return live.slice(envelopeStart(live));
}

/** The session in the register, expired or not; null when there is none, or none any more. */
export function sessionIn(text: RegisterText, id: string): SessionRecord | RejectedRecord | null {
  return text.startsWith('L') ? decodeEnvelope(id, envelopeOf(text)) : null;
}

/** Marks of the writes of the last versions, the newest first. */
export function marksIn(live: RegisterText): string[] {
  return Array.from({ length: countIn(live) }, (_, nth) => {
    const start = COUNT.end + nth * MARK_LENGTH;
    return live.slice(start, start + MARK_LENGTH);
  });
}

function envelopeStart(live: RegisterText): number {
  return COUNT.end + countIn(live) * MARK_LENGTH;
}

function countIn(live: RegisterText): number {
  return Number(live.slice(COUNT.start, COUNT.end));
}

function time(epochMs: number): string {
  return String(epochMs).padStart(14, '0');
}
