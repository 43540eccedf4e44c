import type { DatabasePlace } from './database-place.js';
import type { SessionTable } from './session-table.js';

/** Keys of rows that are no sessions: no id is known whose SHA-256 they are. */
export const PULSE_ID = Buffer.alloc(32);
export const SWEEP_ID = Buffer.alloc(32, 0).fill(1, 31);

/** A row that remembers, by the server's clock, when something was done last, so that of all instances only one does it. */
export class SharedTurn {
  constructor(
    private readonly table: SessionTable,
    private readonly primary: DatabasePlace,
    private readonly id: Buffer,
    private readonly everyMs: number,
  ) {}

  /** Whether nobody has done it for so long; then it is this instance's turn, and nobody else's for as long again. */
  async take(deadline: number): Promise<boolean> {
    const { primary, table } = this;
    const taken = async (): Promise<boolean> =>
      (await primary.write(table.takeTurn, [this.id, this.everyMs], deadline)).affectedRows === 1;
    if (await taken()) return true;
    const { affectedRows } = await primary.write(table.makeTurn, [this.id], deadline);
    return affectedRows === 1 && taken();
  }
}
