import { LRUCache } from 'lru-cache';
import type { SessionRecord } from '../contracts/record.js';
import { handleOf } from '../contracts/session-id.js';
import type { RejectionReason, SessionEvents } from './session-events.js';

const REMEMBERED = 1_000;
const ROLLBACK_EVERY_MS = 1_000;

/**
 * The quarantine of records that are no sessions. The record stays in the store, untouched and unreachable, until its own
 * deadline: a stricter data class that is rolled back, or an instance of an older version, has destroyed nothing. What is kept
 * here is bounded, and only serves to report each of them once.
 */
export class Rejections {
  private readonly reported = new LRUCache<string, RejectionReason>({ max: REMEMBERED });
  private rollbackReportedAt = -Infinity;

  constructor(private readonly events: SessionEvents) {}

  report(token: string, reason: RejectionReason): void {
    const handle = handleOf(token);
    if (this.reported.get(handle) === reason) return;
    this.reported.set(handle, reason);
    this.events.emit('recordRejected', { handle, reason });
  }

  /** The client has seen a version that the store has not: reported at most once a second, since anyone can claim it. */
  reportRollback(record: SessionRecord, presented: number): void {
    const now = performance.now();
    if (now - this.rollbackReportedAt < ROLLBACK_EVERY_MS) return;
    this.rollbackReportedAt = now;
    this.events.emit('rollbackSeen', { handle: handleOf(record.id), presented, stored: record.version });
  }
}
