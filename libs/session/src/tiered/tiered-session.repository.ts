import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { atMost } from '../contracts/at-most.js';
import type { LoadedRecord, RejectedRecord, SessionRecord } from '../contracts/record.js';
import { type DestroyResult, type Guarantees, type SaveResult, SessionRepository } from '../contracts/repository.js';
import { hasProbe, type ProbedRepository } from '../contracts/repository-probe.js';
import { newSessionId } from '../contracts/session-id.js';
import { isReporting, type ReportingRepository, type RepositoryListener } from '../contracts/repository-events.js';
import { FrontTier, type StandingNote } from './front-tier.js';
import type { TieredSettings } from './tiered-session.options.js';

/** How long a write may take in all, the front included: a little under the module's `timeout.command`, 500 ms. */
const WRITE_MS = 450;

type WithLifecycle = SessionRepository & Partial<OnModuleInit & OnApplicationShutdown>;

/**
 * A repository in front of another one. Every write goes behind first and counts when it is stored there; a read is answered by a copy in
 * front while that is fresh, otherwise from behind. The loss of the front costs speed, and no session.
 */
export class TieredSessionRepository
  extends SessionRepository
  implements OnModuleInit, OnApplicationShutdown, ReportingRepository, ProbedRepository
{
  readonly guarantees: Guarantees;
  readonly #behind: WithLifecycle;
  readonly #front: FrontTier;
  #listener: RepositoryListener | undefined;

  /** @param settings as `tieredSessions` makes them of its options */
  constructor(private readonly settings: TieredSettings) {
    super();
    const { front, behind, freshForMs, frontTimeoutMs } = settings;
    this.#behind = behind;
    this.#front = new FrontTier(front, freshForMs, frontTimeoutMs, (reason) => this.#tellOfFront(reason));
    this.guarantees = {
      concurrency: behind.guarantees.concurrency,
      reads: 'read-your-writes',
      revocation: revocationOf(behind.guarantees.revocation, freshForMs),
    };
  }

  async load(token: string, atLeast?: number): Promise<LoadedRecord | RejectedRecord | null> {
    const standing = await this.#front.read(token);
    if (standing?.note?.kind === 'tombstone') return null;
    const copy = this.#freshCopy(standing);
    // A copy may prove that a session lives, and never that it does not.
    if (copy !== undefined && copy.version >= (atLeast ?? 0) && copy.expiresAt > Date.now()) return copy;
    const readAt = Date.now();
    const found = await this.#behind.load(token, atLeast);
    if (found === null || 'rejected' in found || found.stale === true) return found;
    // Nobody waits for it.
    if (standing !== undefined) void this.#front.put(found, readAt, standing);
    return found;
  }

  async save(record: SessionRecord): Promise<SaveResult> {
    const since = performance.now();
    const readAt = Date.now();
    const result = await this.#behind.save(record);
    if (result.status !== 'saved' || result.version !== record.version + 1) return result;
    const told =
      record.expiresAt > Date.now()
        ? this.#front.put({ ...record, version: result.version }, readAt)
        : // It was ended by its own deadline, which a copy from before does not know.
          this.#front.bury(record.id, false);
    await this.#inTime(told, since);
    return result;
  }

  async touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    const since = performance.now();
    const readAt = Date.now();
    const result = await this.#behind.touch(record, expiresAt);
    if (result.status === 'saved') {
      await this.#inTime(this.#front.extend(record.id, result.version, expiresAt, readAt), since);
    }
    return result;
  }

  async destroy(token: string, version?: number): Promise<DestroyResult> {
    const since = performance.now();
    const result = await this.#behind.destroy(token, version);
    if (result !== 'conflict') await this.#inTime(this.#front.bury(token, result === 'destroyed'), since);
    return result;
  }

  /** Whether the one behind answers: without the front it only takes longer. */
  async probe(): Promise<void> {
    const behind = this.#behind;
    if (hasProbe(behind)) await behind.probe();
    else await behind.load(newSessionId());
  }

  /** What both have to tell, and `front` as a place that is lost or back. Evicted copies are no sessions, and are not told of. */
  reportTo(listener: RepositoryListener): void {
    this.#listener = listener;
    const { front, behind } = this.settings;
    if (isReporting(behind)) behind.reportTo(listener);
    if (isReporting(front)) {
      front.reportTo((event, detail) => {
        if (event !== 'sessionsEvicted') listener(event, detail);
      });
    }
  }

  /** Opens both. */
  async onModuleInit(): Promise<void> {
    const { front, behind } = this.settings as { front: WithLifecycle; behind: WithLifecycle };
    await Promise.all([front.onModuleInit?.(), behind.onModuleInit?.()]);
  }

  /** Closes both. */
  async onApplicationShutdown(): Promise<void> {
    const { front, behind } = this.settings as { front: WithLifecycle; behind: WithLifecycle };
    await Promise.all([front.onApplicationShutdown?.(), behind.onApplicationShutdown?.()]);
  }

  /** The copy, when it was read not too long ago by our clock. One from the future has a wrong stamp. */
  #freshCopy(standing: StandingNote | undefined): SessionRecord | undefined {
    if (standing?.note?.kind !== 'copy') return undefined;
    const age = Date.now() - standing.note.readAt;
    return Math.abs(age) < this.settings.freshForMs ? standing.note.record : undefined;
  }

  /**
   * Waits for what the front is told of a write, and no longer than leaves the write answered in time: it counts already, and must not be
   * called unknown because of the front. What takes longer goes on by itself.
   */
  async #inTime(told: Promise<void>, since: number): Promise<void> {
    const left = Math.max(WRITE_MS, this.settings.frontTimeoutMs) - (performance.now() - since);
    if (left > 0) await atMost(left, told);
  }

  #tellOfFront(lostBecause: string | undefined): void {
    if (lostBecause === undefined) this.#listener?.('placeAvailable', { place: 'front' });
    else this.#listener?.('placeUnavailable', { place: 'front', reason: lostBecause });
  }
}

function revocationOf(behind: Guarantees['revocation'], freshForMs: number): Guarantees['revocation'] {
  if (behind === 'at-expiry') return behind;
  return { withinMs: freshForMs + (behind === 'immediate' ? 0 : behind.withinMs) };
}
