import type { SessionRecord } from '../contracts/record.js';

type Start = Pick<SessionRecord, 'createdAt' | 'authenticatedAt'>;

/** When sessions end, and when a request is worth a touch. All in milliseconds. */
export class Timeouts {
  constructor(
    private readonly idle: number,
    private readonly absolute: number,
    private readonly touchAfter: number,
  ) {}

  /** Until when a session that is stored under a new id at `now` is good: idle from now, and in any case. */
  ofNew(start: Start, now: number): Pick<SessionRecord, 'expiresAt' | 'endsAt'> {
    const endsAt = this.end(start);
    return { expiresAt: Math.min(now + this.idle, endsAt), endsAt };
  }

  /**
   * The deadline of a stored session that is used at `now`: idle from now, but never past the absolute one, neither that of its
   * record nor that of a configuration which has become stricter since.
   */
  deadline(record: Start & Pick<SessionRecord, 'endsAt'>, now: number): number {
    return Math.min(now + this.idle, record.endsAt, this.end(record));
  }

  /** Whether a request at `now` would extend the session by enough to be worth a store call. */
  touchDue(record: SessionRecord, now: number): boolean {
    return this.deadline(record, now) - record.expiresAt >= this.touchAfter;
  }

  /** Whether a session is over at `now`, whatever its record says: also by a configuration that has become stricter since. */
  isOver(record: Start & Pick<SessionRecord, 'endsAt'>, now: number): boolean {
    return this.deadline(record, now) <= now;
  }

  private end({ createdAt, authenticatedAt }: Start): number {
    return (authenticatedAt ?? createdAt) + this.absolute;
  }
}
