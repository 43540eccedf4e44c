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
 * | 53–88   | writeId                                                       |
 * | 89–102  | endsAt, as expiresAt                                          |
 * | 103–106 | length of the principal in UTF-16 units; zeros without one    |
 * | 107–    | principal, payload                                            |
 */
export const ENVELOPE = {
  version: { start: 1, end: 11 },
  expiresAt: { start: 11, end: 25 },
  createdAt: { start: 25, end: 39 },
  authenticatedAt: { start: 39, end: 53 },
  writeId: { start: 53, end: 89 },
  endsAt: { start: 89, end: 103 },
  principalLength: { start: 103, end: 107 },
  headerLength: 107,
} as const;

const FORMAT = '1';
const ZERO = 48;

/** The record as it will be stored, with `version` as given. */
export function encodeEnvelope(record: SessionRecord): string {
  const principal = record.principal ?? '';
  return (
    FORMAT +
    envelopeVersion(record.version) +
    envelopeTime(record.expiresAt) +
    envelopeTime(record.createdAt) +
    envelopeTime(record.authenticatedAt ?? 0) +
    record.writeId +
    envelopeTime(record.endsAt) +
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
  if (!stored.startsWith(FORMAT)) return { rejected: /^[2-9]\d{10}/.test(stored) ? 'newer-format' : 'malformed' };
  const version = numberIn(stored, ENVELOPE.version);
  const expiresAt = numberIn(stored, ENVELOPE.expiresAt);
  const createdAt = numberIn(stored, ENVELOPE.createdAt);
  const authenticatedAt = numberIn(stored, ENVELOPE.authenticatedAt);
  const endsAt = numberIn(stored, ENVELOPE.endsAt);
  const payloadStart = ENVELOPE.headerLength + numberIn(stored, ENVELOPE.principalLength);
  // One number that is none makes all of these NaN, and no comparison with NaN is true.
  if (!(version + expiresAt + createdAt + authenticatedAt + endsAt >= 0 && stored.length > payloadStart))
    return { rejected: 'malformed' };
  return {
    id,
    version,
    writeId: stored.slice(ENVELOPE.writeId.start, ENVELOPE.writeId.end),
    createdAt,
    expiresAt,
    endsAt,
    ...(authenticatedAt > 0 && { authenticatedAt }),
    ...(payloadStart > ENVELOPE.headerLength && { principal: stored.slice(ENVELOPE.headerLength, payloadStart) }),
    payload: stored.slice(payloadStart),
  };
}

/** The decimal number in a field of fixed width; NaN when it holds anything but digits. Runs for every read: no slices, no pattern. */
function numberIn(stored: string, { start, end }: { readonly start: number; readonly end: number }): number {
  let value = 0;
  for (let index = start; index < end; index += 1) {
    const digit = stored.charCodeAt(index) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
