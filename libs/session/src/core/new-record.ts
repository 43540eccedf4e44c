import { SessionValueError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import { newSessionId, newWriteId } from '../contracts/session-id.js';
import type { Timeouts } from './timeouts.js';

const LONGEST_PRINCIPAL = 255;

/** What a record says of its session beside the data. */
export interface Identity {
  readonly createdAt: number;
  readonly authenticatedAt?: number | undefined;
  readonly principal?: string | undefined;
}

/** A record that was never stored, under a new id. */
export function newRecord(identity: Identity, payload: string, timeouts: Timeouts, now: number): SessionRecord {
  const { createdAt, authenticatedAt, principal } = identity;
  const times = { createdAt, ...(authenticatedAt !== undefined && { authenticatedAt }) };
  return {
    id: newSessionId(),
    version: 0,
    writeId: newWriteId(),
    ...times,
    ...timeouts.ofNew(times, now),
    ...(principal !== undefined && { principal }),
    payload,
  };
}

/** Throws `SessionValueError` for what cannot name a principal. */
export function assertPrincipal(principal: string): void {
  if (typeof principal !== 'string' || principal === '' || principal.length > LONGEST_PRINCIPAL) {
    throw new SessionValueError('principal', `must be a text of 1 to ${LONGEST_PRINCIPAL} characters`);
  }
}
