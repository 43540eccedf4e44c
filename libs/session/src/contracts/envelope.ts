import type { RejectedRecord, SessionRecord } from './record.js';

/**
 * A record as one string: a header of fixed width, so that one read tells everything and a store's own script can compare
 * and touch without decoding, then the principal, then the payload.
 *
 * | bytes   | what                                                          |
 * | ------- | ------------------------------------------------------------- |
 * | 0       | format, `1`                                                   |
 * | 1–10    | version, decimal                                              |
 * | 11–24   | expiresAt, epoch ms, decimal                                  |
 * | 25–38   | createdAt, the same                                           |
 * | 39–52   | authenticatedAt, the same; zeros before a login               |
 * | 53–74   | writeId                                                       |
 * | 75–78   | length of the principal in UTF-16 units; zeros without one    |
 * | 79–     | principal, payload                                            |
 */
const HEADER = /^1(\d{10})(\d{14})(\d{14})(\d{14})([A-Za-z0-9_-]{22})(\d{4})/;

/** Offsets of the header's fields, for stores that compare inside the store. All of it is ASCII: characters are bytes. */
export const ENVELOPE = {
  version: { start: 1, end: 11 },
  expiresAt: { start: 11, end: 25 },
  writeId: { start: 53, end: 75 },
  headerLength: 79,
} as const;

/** The record as it will be stored, with `version` as given. */
export function encodeEnvelope(record: SessionRecord): string {
  const principal = record.principal ?? '';
  return (
    '1' +
    envelopeVersion(record.version) +
    envelopeTime(record.expiresAt) +
    envelopeTime(record.createdAt) +
    envelopeTime(record.authenticatedAt ?? 0) +
    record.writeId +
    String(principal.length).padStart(4, '0') +
    principal +
    record.payload
  );
}

/** The version as the header writes it. */
export function envelopeVersion(version: number): string {
  return String(version).padStart(10, '0');
}

/** A time as the header writes it. */
export function envelopeTime(epochMs: number): string {
  return String(epochMs).padStart(14, '0');
}

/** Reads what `encodeEnvelope` wrote. Anything else is rejected, without an exception. */
export function decodeEnvelope(id: string, stored: string): SessionRecord | RejectedRecord {
  const header = HEADER.exec(stored);
  if (header === null) return { rejected: /^[2-9]\d{10}/.test(stored) ? 'newer-format' : 'malformed' };
  const [, version, expiresAt, createdAt, authenticatedAt, writeId, principalLength] = header;
  const payloadStart = ENVELOPE.headerLength + Number(principalLength);
  if (stored.length <= payloadStart) return { rejected: 'malformed' };
  return {
    id,
    version: Number(version),
    writeId: writeId as string,
    createdAt: Number(createdAt),
    expiresAt: Number(expiresAt),
    ...(Number(authenticatedAt) > 0 && { authenticatedAt: Number(authenticatedAt) }),
    ...(Number(principalLength) > 0 && { principal: stored.slice(ENVELOPE.headerLength, payloadStart) }),
    payload: stored.slice(payloadStart),
  };
}
