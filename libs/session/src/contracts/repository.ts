import type { LoadedRecord, RejectedRecord, SessionRecord } from './record.js';

/** What `save` and `touch` answer. Expected outcomes are values; only a store that cannot answer is an error. */
export type SaveResult =
  | {
      status: 'saved';
      /** What the client must present from now on. */
      token: string;
      /** The version that is stored now. */
      version: number;
    }
  /** Another version is stored: reload, reapply, retry. */
  | { status: 'conflict' }
  /** Destroyed or expired meanwhile: must not come back. */
  | { status: 'gone' };

/** Ended by this call; stored at another version than the one that was to be ended; or ended before, by whomever. */
export type DestroyResult = 'destroyed' | 'conflict' | 'gone';

/** What a repository promises. The compliance suite asserts exactly what is said here. */
export interface Guarantees {
  /** Whether `save` replaces only the version it was made from, or whatever is there. */
  readonly concurrency: 'compare-and-set' | 'last-write-wins';
  /**
   * `latest`: every read sees the last acknowledged write. `read-your-writes`: a read may come from a copy, but is never
   * older than `atLeast`. `client-held`: the token is the record, and every save and touch makes a new token.
   */
  readonly reads: 'latest' | 'read-your-writes' | 'client-held';
  /** How soon a destroyed session is refused everywhere, as long as what decides is there; without it what is answered is marked `stale`. */
  readonly revocation: 'immediate' | { readonly withinMs: number } | 'at-expiry';
}

/**
 * Where sessions live. Also the injection token of the chosen repository.
 *
 * Every method rejects with `SessionStoreError` when the store cannot answer, and with nothing else, but for
 * `SessionTooLargeError` from a `save` that the store could never take. A repository may have Nest's lifecycle methods
 * `onModuleInit` (connect, without waiting for a store that is down) and `onApplicationShutdown` (close what it opened).
 */
export abstract class SessionRepository {
  abstract readonly guarantees: Guarantees;

  /**
   * The live record behind a token, not older than version `atLeast` (as far as such a version was ever acknowledged).
   * `null` when unknown, expired, destroyed, forged or not a token at all: one answer. A malformed token costs no store call.
   */
  abstract load(token: string, atLeast?: number): Promise<LoadedRecord | RejectedRecord | null>;

  /**
   * Creates when `record.version` is 0, otherwise replaces exactly that version; what is stored then has one version more.
   * Never an upsert. A record that is stored already under this `writeId` is `saved`. A creation may be answered with `conflict` for
   * any reason to choose another id: it is taken, or the place that it leads to is down. It is then tried again under a new one, many times
   * in the time of one request: a place that is known to be down must be refused at once.
   */
  abstract save(record: SessionRecord): Promise<SaveResult>;

  /** Moves the deadline forward, never back, leaving payload and version alone. Never answers `conflict`. */
  abstract touch(record: SessionRecord, expiresAt: number): Promise<SaveResult>;

  /**
   * Afterwards `load(token)` is null. With a version: only that one, otherwise `conflict`. Nothing there is `gone`, which
   * is no error.
   */
  abstract destroy(token: string, version?: number): Promise<DestroyResult>;
}
