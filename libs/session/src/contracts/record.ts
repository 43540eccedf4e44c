/** No session lives longer than 400 days, the longest that browsers keep a cookie. */
export const LONGEST_LIFE_MS = 400 * 24 * 60 * 60 * 1_000;

/** What a repository stores: an envelope that it understands around a payload that it does not. */
export interface SessionRecord {
  /** Random, 256 bit. A repository derives its storage key from it (`storageKey`) and never logs it. */
  readonly id: string;
  /** 0 before the first save; one more with every successful save. */
  readonly version: number;
  /** Random per logical save, so that a write that is sent twice recognises itself. */
  readonly writeId: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Epoch milliseconds, set by login alone. The absolute timeout counts from here, before a login from `createdAt`. */
  readonly authenticatedAt?: number;
  /** Epoch milliseconds, absolute. The record is not returned after it. */
  readonly expiresAt: number;
  /**
   * Epoch milliseconds: the absolute timeout. The same in every record of an id, and `expiresAt` never moves past it, so that whoever
   * keeps a trace of a destroyed session (a revocation, a tombstone) knows for how long it is needed.
   */
  readonly endsAt: number;
  /** Whom the session belongs to, set by login. */
  readonly principal?: string;
  /** Encoded once, above the repository, with a format character in front. */
  readonly payload: string;
}

/** A record as `load` answers it. */
export interface LoadedRecord extends SessionRecord {
  /** Read from a copy because the authority does not answer: perhaps not the latest, and perhaps destroyed meanwhile. */
  readonly stale?: true;
}

/**
 * Something is stored where a session should be, but it is none: cut, foreign, or written by a later version of this
 * library. The engine treats it as no session, reports it once and leaves it where it is until its own deadline.
 */
export interface RejectedRecord {
  readonly rejected: 'malformed' | 'newer-format';
}
