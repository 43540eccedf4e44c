import { hash } from 'node:crypto';
import { SessionStoreError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import type { SessionRepository } from '../contracts/repository.js';
import { newWriteId } from '../contracts/session-id.js';

/**
 * By so much a revocation outlives the sessions that it ends, in milliseconds: the clock of the store that drops it and that of an instance
 * that looks at a cookie's deadline may differ, and nothing may come back in between.
 */
export const CLOCK_SKEW_MS = 3_600_000;

/** No payload that the engine would take for a session, should it ever meet one. */
const PAYLOAD = 'revoked';

/** Which sessions were ended before their time. */
export interface Revocations {
  /** Whether a session was ended. Rejects with `SessionStoreError` when nobody can say: that is never a yes or a no. */
  has(id: string): Promise<boolean>;
  /** Ends a session; false when it was ended before. Rejects with `SessionStoreError` when that could not be stored. */
  add(session: Pick<SessionRecord, 'id' | 'endsAt'>): Promise<boolean>;
}

/** Nothing is remembered: what was given out is good until it expires. */
export const NO_REVOCATIONS: Revocations = {
  has: async () => false,
  add: async () => true,
};

/** Revocations as records of a repository, each under an id that is made from the session's and does not tell it. One command each. */
export class StoredRevocations implements Revocations {
  readonly #repository: SessionRepository;

  constructor(repository: SessionRepository) {
    this.#repository = repository;
  }

  /** Also what is there but cannot be read is a revocation. */
  async has(id: string): Promise<boolean> {
    return (await this.#repository.load(revocationId(id))) !== null;
  }

  async add({ id, endsAt }: Pick<SessionRecord, 'id' | 'endsAt'>): Promise<boolean> {
    const until = endsAt + CLOCK_SKEW_MS;
    const { status } = await this.#repository.save({
      id: revocationId(id),
      version: 0,
      writeId: newWriteId(),
      createdAt: Date.now(),
      expiresAt: until,
      endsAt: until,
      payload: PAYLOAD,
    });
    if (status === 'saved') return true;
    // A repository may refuse an id for other reasons than that it is taken.
    if (await this.has(id)) return false;
    throw new SessionStoreError('it takes no revocation');
  }
}

function revocationId(id: string): string {
  return hash('sha256', `revoked:${id}`, 'base64url');
}
