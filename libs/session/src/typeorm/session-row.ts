import type { RejectedRecord, SessionRecord } from '../contracts/record.js';
import { FORMAT } from './session-table.js';

/** One row as the client reads it, in the order of the statement's columns. */
export type Row = readonly unknown[];

/** The fields of a session from its first column on, or undefined when there is none. */
export function recordIn(
  id: string,
  row: Row,
  first: number,
  shiftMs: number,
): SessionRecord | RejectedRecord | undefined {
  const format = row[first];
  if (format === null || format === undefined) return undefined;
  if (Number(format) > FORMAT) return { rejected: 'newer-format' };
  const [version, writeId, createdAt, authenticatedAt, expiresAt, endsAt, principal, payload] = row.slice(first + 1);
  const times = [createdAt, expiresAt, endsAt].map(Number);
  const isSound =
    Number(format) === FORMAT &&
    Number(version) > 0 &&
    times.every((time) => time > 0) &&
    Buffer.isBuffer(writeId) &&
    Buffer.isBuffer(payload) &&
    payload.length > 0 &&
    Buffer.isBuffer(principal);
  if (!isSound) return { rejected: 'malformed' };
  return {
    id,
    version: Number(version),
    writeId: writeId.toString(),
    createdAt: Number(createdAt) - shiftMs,
    expiresAt: Number(expiresAt) - shiftMs,
    endsAt: Number(endsAt) - shiftMs,
    ...(Number(authenticatedAt) > 0 && { authenticatedAt: Number(authenticatedAt) - shiftMs }),
    ...(principal.length > 0 && { principal: principal.toString() }),
    payload: payload.toString(),
  };
}

/** What an UPDATE writes of a record, in the order of the statement's columns. */
export function changesOf(record: SessionRecord, payload: Buffer, shiftMs: number): (Buffer | number)[] {
  const { writeId, authenticatedAt, expiresAt, principal } = record;
  return [
    Buffer.from(writeId),
    authenticatedAt === undefined ? 0 : authenticatedAt + shiftMs,
    expiresAt + shiftMs,
    Buffer.from(principal ?? ''),
    payload,
  ];
}

/** What an INSERT writes of a record, in the order of the statement's columns. */
export function valuesOf(record: SessionRecord, payload: Buffer, shiftMs: number): (Buffer | number)[] {
  const { authenticatedAt, principal } = record;
  return [
    Buffer.from(record.writeId),
    record.createdAt + shiftMs,
    authenticatedAt === undefined ? 0 : authenticatedAt + shiftMs,
    record.expiresAt + shiftMs,
    record.endsAt + shiftMs,
    Buffer.from(principal ?? ''),
    payload,
  ];
}
