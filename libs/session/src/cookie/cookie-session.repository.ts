import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { decodeEnvelope, ENVELOPE, encodeEnvelope } from '../contracts/envelope.js';
import { SessionTooLargeError } from '../contracts/errors.js';
import { LONGEST_LIFE_MS, type RejectedRecord, type SessionRecord } from '../contracts/record.js';
import type { ProbedRepository } from '../contracts/repository-probe.js';
import { isReporting, type ReportingRepository, type RepositoryListener } from '../contracts/repository-events.js';
import { type DestroyResult, type Guarantees, type SaveResult, SessionRepository } from '../contracts/repository.js';
import { isSessionId, newSessionId } from '../contracts/session-id.js';
import { checkedOptions, type CookieSessionsOptions } from './cookie-session.options.js';
import { KeyRing, LARGEST_CONTENT } from './key-ring.js';
import { OpenedTokens } from './opened-tokens.js';
import { NO_REVOCATIONS, type Revocations, StoredRevocations } from './revocations.js';

const GONE: SaveResult = { status: 'gone' };
const ID_LENGTH = 43;

/** Bytes that a token has for principal and payload together. */
const ROOM = LARGEST_CONTENT - ID_LENGTH - ENVELOPE.headerLength;

/**
 * Sessions that the client carries: the token is the record, encrypted and authenticated, and new with every save and touch. The last
 * write wins, and a client can present an older state of its own again. With revocations, a read and a touch ask them once, an update and a
 * destroy once, and a destroy that is refused twice; a creation does not ask them. Deadlines are counted by the clock of the
 * instance that looks at them.
 */
export class CookieSessionRepository
  extends SessionRepository
  implements ReportingRepository, ProbedRepository, OnModuleInit, OnApplicationShutdown
{
  readonly guarantees: Guarantees;
  readonly #ring: KeyRing;
  readonly #revocations: Revocations;
  readonly #opened = new OpenedTokens();
  readonly #store: (SessionRepository & Partial<OnModuleInit & OnApplicationShutdown>) | undefined;

  /** @throws SessionConfigError with every problem of the options */
  constructor(options: CookieSessionsOptions) {
    super();
    const { secrets, revocations, purpose } = checkedOptions(options);
    this.#ring = new KeyRing(secrets, purpose);
    this.#store = revocations === 'none' ? undefined : revocations;
    this.#revocations = this.#store === undefined ? NO_REVOCATIONS : new StoredRevocations(this.#store);
    this.guarantees = {
      concurrency: 'last-write-wins',
      reads: 'client-held',
      revocation: this.#store === undefined ? 'at-expiry' : 'immediate',
    };
  }

  async load(token: string): Promise<SessionRecord | RejectedRecord | null> {
    const record = this.#open(token);
    if (record === null || 'rejected' in record) return record;
    return isOver(record) || (await this.#revocations.has(record.id)) ? null : record;
  }

  /** Rejects with `SessionTooLargeError` for what makes no token: in bytes of the payload, as far as the principal leaves room for it. */
  async save(record: SessionRecord): Promise<SaveResult> {
    if (!isSessionId(record.id) || isOver(record)) return GONE;
    assertRoom(record);
    // Nobody can have ended what has not been given out yet.
    if (record.version > 0 && (await this.#revocations.has(record.id))) return GONE;
    return this.#seal({ ...record, version: record.version + 1 });
  }

  async touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    if (!isSessionId(record.id) || isOver(record) || (await this.#revocations.has(record.id))) return GONE;
    return this.#seal({ ...record, expiresAt: Math.max(record.expiresAt, expiresAt) });
  }

  /**
   * Ends every token of the session, not this one alone, also where only another version of this library can read it. Without revocations it ends
   * nothing but what the client forgets.
   */
  async destroy(token: string, version?: number): Promise<DestroyResult> {
    const record = this.#open(token);
    if (record === null) return 'gone';
    if ('rejected' in record) return this.#destroyUnread(token, version);
    if (isOver(record)) return 'gone';
    if (version !== undefined && version !== record.version) return 'conflict';
    return (await this.#revocations.add(record)) ? 'destroyed' : 'gone';
  }

  async probe(): Promise<void> {
    await this.#revocations.has(newSessionId());
  }

  /** Tells what the repository of the revocations has to tell. */
  reportTo(listener: RepositoryListener): void {
    if (this.#store !== undefined && isReporting(this.#store)) this.#store.reportTo(listener);
  }

  async onModuleInit(): Promise<void> {
    await this.#store?.onModuleInit?.();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#store?.onApplicationShutdown?.();
  }

  /** Every format has the id in front, so that a logout also ends what only another version can read. What has none is no session of ours. */
  async #destroyUnread(token: string, version: number | undefined): Promise<DestroyResult> {
    const id = this.#ring.open(token)?.toString('utf8', 0, ID_LENGTH) ?? '';
    if (!isSessionId(id)) return 'gone';
    if (version !== undefined) return 'conflict';
    // Its own deadline cannot be read.
    const endsAt = Date.now() + LONGEST_LIFE_MS;
    return (await this.#revocations.add({ id, endsAt })) ? 'destroyed' : 'gone';
  }

  #seal(record: SessionRecord): SaveResult {
    const token = this.#ring.seal(Buffer.from(record.id + encodeEnvelope(record)));
    return { status: 'saved', token, version: record.version };
  }

  /** What a token holds, whether it is over or not. */
  #open(token: string): SessionRecord | RejectedRecord | null {
    const known = this.#opened.recordOf(token);
    if (known !== undefined) return known;
    const content = this.#ring.open(token)?.toString();
    if (content === undefined) return null;
    const record = decodeEnvelope(content.slice(0, ID_LENGTH), content.slice(ID_LENGTH));
    if (!('rejected' in record)) this.#opened.remember(token, record);
    return record;
  }
}

/** A revocation is kept until a little after `endsAt`, so nothing may live longer, whatever its `expiresAt` says. */
function isOver({ expiresAt, endsAt }: SessionRecord): boolean {
  return Math.min(expiresAt, endsAt) <= Date.now();
}

function assertRoom({ principal = '', payload }: SessionRecord): void {
  const room = ROOM - Buffer.byteLength(principal);
  const bytes = Buffer.byteLength(payload);
  if (bytes > room) throw new SessionTooLargeError(bytes, room);
}
