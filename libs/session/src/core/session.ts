/** What a session holds when the application gives no type of its own. */
export type SessionData = Record<string, unknown>;

/**
 * The session of one request: what handlers, guards and services hold. Every opening within one request gives the same
 * object. Data is compared with what was loaded when the response is about to be sent; what differs, at any depth, is
 * saved before the first byte leaves.
 *
 * All methods reject with `SessionStoreError` (503) when the store cannot answer.
 */
export interface Session<T extends object = SessionData> {
  /**
   * The application's data: an object without a prototype, so that any string is an ordinary key. A value is parsed when it is taken out, so
   * what a request does not look at costs it nothing. It is a proxy: it cannot be frozen, and where a plain object is asked for (`structuredClone`)
   * a copy is `{ ...session.data }`. Taking out a value that a store has damaged throws `SessionStoreError`. Values are what JSON can hold;
   * anything else is a `SessionValueError` when it is saved. Two requests that change different top-level keys both survive; of one key the
   * last acknowledged change counts.
   */
  data: T;
  /** Whom the session belongs to, set by `login`. */
  readonly principal: string | undefined;
  /** A public name, safe in logs and lists; new with every id. Absent until the session is stored. */
  readonly handle: string | undefined;
  /** Whether the session has never been stored. */
  readonly isNew: boolean;
  /** 0 before the first save; one more with every successful save, whoever made it. */
  readonly version: number;
  /**
   * Read from a copy because the store's authority does not answer: not older than what the client has seen, but perhaps not the latest.
   * Saving will most likely fail. Always false where the repository has no copies to read from.
   */
  readonly stale: boolean;
  /** Epoch milliseconds. Absent until the session is stored. */
  readonly createdAt: number | undefined;
  /** Epoch milliseconds of the login. Absent before it. */
  readonly authenticatedAt: number | undefined;
  /** Epoch milliseconds: when the session ends without a further request. Absent until the session is stored. */
  readonly expiresAt: number | undefined;

  /**
   * Makes the session belong to a principal, under a new id; the old id is dead everywhere when this resolves, and no
   * acknowledged change is lost on the way. The visitor's data is kept unless `keep` is false; over the session of
   * another principal it always starts empty. Restarts the absolute timeout.
   * Throws `SessionGoneError` when a logout won, `SessionTooLateError` after the first byte.
   */
  login(principal: string, options?: { keep?: boolean }): Promise<void>;

  /**
   * Ends the session everywhere. This object then stands for a new anonymous visitor: empty, and what is written into it
   * afterwards becomes a new session.
   */
  logout(): Promise<void>;

  /** A new id for the same session (OWASP: after every change of rights). As `login`, but nothing else changes. */
  regenerate(): Promise<void>;

  /**
   * An atomic read-modify-write: `change` gets the data as stored now together with this request's own changes, alters it
   * in place, and is called again on a newer state if somebody else saved meanwhile. Resolves with what it returned in the call that
   * was stored. It must not be asynchronous. Throws `SessionConflictError` when all attempts are spent, and whatever `change` throws.
   */
  update<R>(change: (data: T) => R): Promise<R>;

  /**
   * Stores the changes now instead of with the response, for a handler that wants the error in its own hands. Afterwards
   * `data` shows what is stored, changes of other requests included. Without changes it does nothing.
   * Throws `SessionGoneError`, `SessionConflictError`, `SessionTooLargeError`, `SessionValueError`.
   */
  save(): Promise<void>;

  /** Extends the idle deadline now. Does nothing for a session that is not stored. Throws `SessionGoneError`. */
  touch(): Promise<void>;

  /** Drops this request's changes and reads the session again. Throws `SessionGoneError` when it is no longer there. */
  reload(): Promise<void>;

  /** Ends the session everywhere. Changes made afterwards are a `SessionGoneError`: nothing comes back. */
  destroy(): Promise<void>;
}
