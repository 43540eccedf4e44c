import { LRUCache } from 'lru-cache';
import { SessionConfigError } from '../contracts/errors.js';
import type { RejectedRecord, SessionRecord } from '../contracts/record.js';
import { type DestroyResult, type Guarantees, type SaveResult, SessionRepository } from '../contracts/repository.js';
import type { Lifecycle } from './lifecycle.js';

const MAX_COPIES = 1_000;

/** Options of the lagging repository. */
export interface LaggingSessionsOptions {
  /**
   * After how many milliseconds a copy has caught up by itself. Default Infinity: only after `catchUp()`, so that a test
   * decides, and a destroyed session may be served until its deadline.
   */
  readonly lagMs?: number;
}

interface Copy {
  readonly record: SessionRecord;
  /** From when on the copy is not answered from: its lag is over, or the session's deadline. */
  readonly staleAt: number;
}

/**
 * One server's lagging copies of sessions that live elsewhere, as a database replica would have them, under control of a
 * test: it shows what a server answers that has not heard of the latest writes, its own included. Writes go to the
 * authority. Reads are answered from a copy, unless there is none, it has expired, or a newer version is asked for: then
 * the authority is asked. So it keeps `read-your-writes`, and is correct where a version floor is presented.
 *
 * Give each server its own, over authorities that share one store. A server holds a thousand copies at most.
 */
export class LaggingSessionRepository extends SessionRepository {
  readonly guarantees: Guarantees;
  readonly #authority: SessionRepository & Lifecycle;
  readonly #lagMs: number;
  #copies = newCopies();

  /**
   * @param authority where the sessions live; its reads have to be `latest` and its revocation `immediate`
   * @throws SessionConfigError when that is not so, or an option makes no sense
   */
  constructor(authority: SessionRepository, { lagMs = Infinity }: LaggingSessionsOptions = {}) {
    super();
    const { concurrency, reads, revocation } = authority.guarantees;
    const problems: string[] = [];
    if (reads !== 'latest' || revocation !== 'immediate') {
      problems.push("laggingSessions: the authority's reads have to be 'latest', and its revocation 'immediate'");
    }
    if (!(lagMs >= 0)) problems.push(`laggingSessions: lagMs is ${String(lagMs)}, allowed is a number from 0`);
    if (problems.length > 0) throw new SessionConfigError(problems);
    this.guarantees = {
      concurrency,
      reads: 'read-your-writes',
      revocation: lagMs === Infinity ? 'at-expiry' : { withinMs: lagMs },
    };
    this.#authority = authority;
    this.#lagMs = lagMs;
  }

  /** From now on every read sees what is stored now, until the copies lag again. */
  catchUp(): void {
    this.#copies = newCopies();
  }

  async load(token: string, atLeast = 0): Promise<SessionRecord | RejectedRecord | null> {
    const askedAt = Date.now();
    const copies = this.#copies;
    const copy = copies.get(token);
    if (copy !== undefined && askedAt < copy.staleAt && copy.record.version >= atLeast) return { ...copy.record };
    const record = await this.#authority.load(token, atLeast);
    if (record === null || 'rejected' in record) copies.delete(token);
    else copies.set(token, { record: { ...record }, staleAt: Math.min(askedAt + this.#lagMs, record.expiresAt) });
    return record;
  }

  save(record: SessionRecord): Promise<SaveResult> {
    return this.#authority.save(record);
  }

  touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    return this.#authority.touch(record, expiresAt);
  }

  async destroy(token: string, version?: number): Promise<DestroyResult> {
    const result = await this.#authority.destroy(token, version);
    if (result !== 'conflict') this.#copies.delete(token);
    return result;
  }

  async onModuleInit(): Promise<void> {
    await this.#authority.onModuleInit?.();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#authority.onApplicationShutdown?.();
  }
}

/** One server's lagging copies over an authority: `laggingSessions(redisSessions(url))`. See `LaggingSessionRepository`. */
export function laggingSessions(
  authority: SessionRepository,
  options?: LaggingSessionsOptions,
): LaggingSessionRepository {
  return new LaggingSessionRepository(authority, options);
}

function newCopies(): LRUCache<string, Copy> {
  return new LRUCache({ max: MAX_COPIES });
}
