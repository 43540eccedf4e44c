import { LRUCache } from 'lru-cache';
import { SessionConfigError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import { type DestroyResult, type Guarantees, type SaveResult, SessionRepository } from '../contracts/repository.js';
import { isSessionId, storageKey } from '../contracts/session-id.js';

const LARGEST_MAX_SESSIONS = 1_000_000;

/** Options of the memory repository. */
export interface MemorySessionsOptions {
  /**
   * How many sessions are held at most, 1 to 1,000,000; default 10,000. One more evicts the least recently used session,
   * whose user is then logged out.
   */
  readonly maxSessions?: number;
}

/** The id is not held, only its digest is, as in every repository. */
type HeldSession = Readonly<Omit<SessionRecord, 'id'>>;

/**
 * Sessions in the memory of one process, for unit tests and first steps: other processes do not see them, and a restart
 * loses them. Every method does its work synchronously, so a save is atomic as it stands.
 */
export class MemorySessionRepository extends SessionRepository {
  readonly guarantees: Guarantees = { concurrency: 'compare-and-set', reads: 'latest', revocation: 'immediate' };
  readonly #sessions: LRUCache<string, HeldSession>;

  /** @throws SessionConfigError when an option makes no sense */
  constructor(options: MemorySessionsOptions = {}) {
    super();
    const { maxSessions = 10_000 } = options;
    if (!Number.isInteger(maxSessions) || maxSessions < 1 || maxSessions > LARGEST_MAX_SESSIONS) {
      throw new SessionConfigError([
        `memorySessions: maxSessions is ${String(maxSessions)}, allowed is an integer from 1 to ${LARGEST_MAX_SESSIONS}`,
      ]);
    }
    this.#sessions = new LRUCache({ max: maxSessions });
  }

  async load(token: string): Promise<SessionRecord | null> {
    if (!isSessionId(token)) return null;
    const held = this.#live(storageKey(token));
    return held === undefined ? null : { id: token, ...held };
  }

  async save(record: SessionRecord): Promise<SaveResult> {
    const { id, ...content } = record;
    const key = storageKey(id);
    const held = this.#live(key);
    if (held?.writeId === record.writeId) return { status: 'saved', token: id, version: held.version };
    if (held === undefined && record.version > 0) return { status: 'gone' };
    if ((held?.version ?? 0) !== record.version) return { status: 'conflict' };
    const version = record.version + 1;
    this.#sessions.set(key, { ...content, version });
    return { status: 'saved', token: id, version };
  }

  async touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    const key = storageKey(record.id);
    const held = this.#live(key);
    if (held === undefined) return { status: 'gone' };
    this.#sessions.set(key, { ...held, expiresAt: Math.max(held.expiresAt, expiresAt) });
    return { status: 'saved', token: record.id, version: held.version };
  }

  async destroy(token: string, version?: number): Promise<DestroyResult> {
    if (!isSessionId(token)) return 'gone';
    const key = storageKey(token);
    const held = this.#live(key);
    if (held === undefined) return 'gone';
    if (version !== undefined && version !== held.version) return 'conflict';
    this.#sessions.delete(key);
    return 'destroyed';
  }

  /** What is held and not expired at this moment; what is expired makes room. */
  #live(key: string): HeldSession | undefined {
    const held = this.#sessions.get(key);
    if (held === undefined || held.expiresAt > Date.now()) return held;
    this.#sessions.delete(key);
    return undefined;
  }
}

/** Sessions in the memory of this process: `SessionModule.forRoot({ repository: memorySessions() })`. */
export function memorySessions(options?: MemorySessionsOptions): MemorySessionRepository {
  return new MemorySessionRepository(options);
}
