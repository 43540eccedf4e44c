import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { SessionTooLargeError } from '../contracts/errors.js';
import type { RejectedRecord, SessionRecord } from '../contracts/record.js';
import { type DestroyResult, type Guarantees, type SaveResult, SessionRepository } from '../contracts/repository.js';
import type { ReportingRepository, RepositoryListener } from '../contracts/repository-events.js';
import { isSessionId, storageKey } from '../contracts/session-id.js';
import { destroy, look, save, touch } from '../caspaxos/changes.js';
import { type Clock, pause } from '../caspaxos/clock.js';
import type { Member } from './member.js';
import { sessionIn } from '../caspaxos/register.js';

/** The largest payload, in bytes of UTF-8: what fits into a message with everything escaped. */
export const MAX_PAYLOAD_BYTES = 524_288;

/** How long the start of the application waits for the other instances. */
const FIRST_JOIN_MS = 1_000;

/** What opens and closes the ways to the other instances. */
export interface Network {
  open(receive: Member['receive']): Promise<void>;
  close(): Promise<void>;
}

/**
 * Sessions held by the instances themselves, each of them by all. A write needs a majority of the configured peers; an instance
 * that reaches none answers `SessionStoreError`. A read is answered from this instance's own copy for a short time after a majority
 * confirmed it, otherwise by a majority.
 */
export class ReplicatedSessionRepository
  extends SessionRepository
  implements OnModuleInit, OnApplicationShutdown, ReportingRepository
{
  readonly guarantees: Guarantees;
  #opened: Promise<void> | undefined;

  constructor(
    private readonly member: Member,
    private readonly network: Network,
    private readonly clock: Clock,
    trustMs: number,
  ) {
    super();
    this.guarantees = {
      concurrency: 'compare-and-set',
      reads: 'read-your-writes',
      revocation: { withinMs: trustMs },
    };
  }

  async load(token: string, atLeast = 0): Promise<SessionRecord | RejectedRecord | null> {
    if (!isSessionId(token)) return null;
    const key = storageKey(token);
    const copy = sessionIn(this.member.recent(key) ?? '', token);
    if (copy !== null && !('rejected' in copy) && copy.version >= atLeast && copy.expiresAt > this.clock.now()) {
      return copy;
    }
    const found = sessionIn(await this.member.read(key), token);
    if (found === null || 'rejected' in found || found.expiresAt > this.clock.now()) return found;
    return this.member.change(key, look(token, this.clock.now()));
  }

  async save(record: SessionRecord): Promise<SaveResult> {
    if (!isSessionId(record.id) || record.expiresAt <= this.clock.now()) return { status: 'gone' };
    const bytes = Buffer.byteLength(record.payload);
    if (bytes > MAX_PAYLOAD_BYTES) throw new SessionTooLargeError(bytes, MAX_PAYLOAD_BYTES);
    return this.member.change(storageKey(record.id), save(record, this.clock.now()));
  }

  async touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    if (!isSessionId(record.id)) return { status: 'gone' };
    return this.member.change(storageKey(record.id), touch(record, expiresAt, this.clock.now()));
  }

  async destroy(token: string, version?: number): Promise<DestroyResult> {
    if (!isSessionId(token)) return 'gone';
    return this.member.change(storageKey(token), destroy(token, version, randomUUID(), this.clock.now()));
  }

  /** Whether this instance has joined the others and takes part. */
  get isServing(): boolean {
    return this.member.isServing;
  }

  /** How many sessions this instance holds, those included that have ended and are remembered until their absolute deadline. */
  get size(): number {
    return this.member.size;
  }

  /** Tells of every other instance that stops to take part, and when it does again. */
  reportTo(listener: RepositoryListener): void {
    this.member.reportTo(listener);
  }

  /** Opens the port and begins to join the others. Those that are down do not keep the application from starting. */
  onModuleInit(): Promise<void> {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  /** Closes the port and every connection. What this instance held is with the others. */
  async onApplicationShutdown(): Promise<void> {
    this.member.stop();
    await this.network.close();
  }

  async #open(): Promise<void> {
    await this.network.open((from, parcel) => this.member.receive(from, parcel));
    await Promise.race([this.member.join(), pause(this.clock, FIRST_JOIN_MS)]);
  }
}
