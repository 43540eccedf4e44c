import type { SessionRecord } from '../contracts/record.js';

/** When sessions end, and when a request is worth a touch. All in milliseconds. */
export class Timeouts {
  constructor(
    private readonly idle: number,
    private readonly absolute: number,
    private readonly touchAfter: number,
  ) {}

  /** The deadline of a session that is used at `now`: idle from now, but never past the absolute one. */
  deadline(times: Pick<SessionRecord, 'createdAt' | 'authenticatedAt'>, now: number): number {
    return Math.min(now + this.idle, (times.authenticatedAt ?? times.createdAt) + this.absolute);
  }

  /** Whether a request at `now` would extend the session by enough to be worth a store call. */
  touchDue(record: SessionRecord, now: number): boolean {
    return this.deadline(record, now) - record.expiresAt >= this.touchAfter;
  }
}
