import type { DatabasePlace } from './database-place.js';
import { SWEEP_BATCH, type SessionTable } from './session-table.js';
import type { SharedTurn } from './shared-turn.js';

/** Removes expired sessions, a bounded number per statement. */
export class ExpiredSessions {
  /**
   * @param turn which instance sweeps
   * @param statementMs deadline of one statement
   */
  constructor(
    private readonly table: SessionTable,
    private readonly primary: DatabasePlace,
    private readonly turn: SharedTurn,
    private readonly statementMs: number,
  ) {}

  /** Removes all that have expired when it is this instance's turn; how many it removed. Ends early when the signal is aborted. */
  async sweep(signal: AbortSignal): Promise<number> {
    if (!(await this.turn.take(this.deadline))) return 0;
    let removed = 0;
    while (!signal.aborted) {
      const ids = (await this.primary.rows(this.table.expired, [], this.deadline)).map(([id]) => id);
      if (ids.length === 0) break;
      // The statement has room for a whole batch: what is missing is filled up with the last one.
      const all = Array.from({ length: SWEEP_BATCH }, (_, index) => ids[Math.min(index, ids.length - 1)]);
      removed += (await this.primary.write(this.table.remove, all, this.deadline)).affectedRows;
      if (ids.length < SWEEP_BATCH) break;
    }
    return removed;
  }

  private get deadline(): number {
    return performance.now() + this.statementMs;
  }
}
