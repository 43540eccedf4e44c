import { ENVELOPE, envelopeTime } from '../contracts/envelope.js';
import { SessionStoreError } from '../contracts/errors.js';
import type { RejectedRecord, SessionRecord } from '../contracts/record.js';
import type { DestroyResult, SaveResult } from '../contracts/repository.js';
import {
  EMPTY,
  endedBy,
  endedText,
  envelopeOf,
  EXPIRY,
  isEnded,
  liveText,
  markOf,
  marksIn,
  type RegisterText,
  sessionIn,
  withEnvelope,
} from './register.js';

/** What becomes of a register: what to answer, and what to store where it differs from what is there. */
export interface Decision<T> {
  readonly answer: T;
  readonly write?: RegisterText;
}

/**
 * A change as a function of what is stored. Called again, on what is stored then, when another peer's attempt was faster.
 * @param sentBefore whether an earlier attempt of this same change may have been stored already
 */
export type Change<T> = (stored: RegisterText, sentBefore: boolean) => Decision<T>;

const GONE = { answer: { status: 'gone' } as const };
const CONFLICT = { answer: { status: 'conflict' } as const };

/** Creates when the version is 0, otherwise replaces exactly that version. */
export function save(record: SessionRecord, now: number): Change<SaveResult> {
  const version = record.version + 1;
  const saved: SaveResult = { status: 'saved', token: record.id, version };
  return (stored, sentBefore) => {
    if (stored === EMPTY) {
      return record.version === 0 ? { answer: saved, write: liveText({ ...record, version }, []) } : GONE;
    }
    const found = sessionIn(stored, record.id);
    if (found === null) return GONE;
    if ('rejected' in found) return CONFLICT;
    if (found.expiresAt <= now) return { ...GONE, write: endedText(stored, EXPIRY) };
    if (found.writeId === record.writeId) return { answer: { ...saved, version: found.version } };
    const marks = marksIn(stored);
    if (found.version === record.version) return { answer: saved, write: liveText({ ...record, version }, marks) };
    if (!sentBefore) return CONFLICT;
    // Stored by somebody else's hand and changed since? So many versions later nobody can tell any more.
    const maker = marks[found.version - version];
    if (maker === markOf(record.writeId)) return { answer: saved };
    const isUnknown = maker === undefined && found.version > version;
    if (isUnknown) throw new SessionStoreError('others changed the session too often meanwhile', 'unknown');
    return CONFLICT;
  };
}

/** Moves the deadline forward, never back. */
export function touch(record: SessionRecord, expiresAt: number, now: number): Change<SaveResult> {
  return (stored) => {
    const found = sessionIn(stored, record.id);
    if (found === null || 'rejected' in found) return GONE;
    if (found.expiresAt <= now) return { ...GONE, write: endedText(stored, EXPIRY) };
    const answer: SaveResult = { status: 'saved', token: record.id, version: found.version };
    if (expiresAt <= found.expiresAt) return { answer };
    const { start, end } = ENVELOPE.expiresAt;
    const envelope = envelopeOf(stored);
    return {
      answer,
      write: withEnvelope(stored, envelope.slice(0, start) + envelopeTime(expiresAt) + envelope.slice(end)),
    };
  };
}

/**
 * Ends the session, with a version only that one.
 * @param by tells this destroy from any other, so that one whose first attempt was stored by somebody else knows that it was its own
 */
export function destroy(id: string, version: number | undefined, by: string, now: number): Change<DestroyResult> {
  return (stored) => {
    if (isEnded(stored) && endedBy(stored) === by) return { answer: 'destroyed' };
    const found = sessionIn(stored, id);
    if (found === null) return { answer: 'gone' };
    if (!('rejected' in found) && found.expiresAt <= now) return { answer: 'gone', write: endedText(stored, EXPIRY) };
    if (version !== undefined && ('rejected' in found || found.version !== version)) return { answer: 'conflict' };
    return { answer: 'destroyed', write: endedText(stored, by) };
  };
}

/**
 * Looks, and ends a session whose deadline has passed: once one instance has answered that it is over, no other with a slower
 * clock may extend it.
 */
export function look(id: string, now: number): Change<SessionRecord | RejectedRecord | null> {
  return (stored) => {
    const found = sessionIn(stored, id);
    if (found === null || 'rejected' in found || found.expiresAt > now) return { answer: found };
    return { answer: null, write: endedText(stored, EXPIRY) };
  };
}
