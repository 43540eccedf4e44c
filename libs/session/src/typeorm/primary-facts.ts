import type { DatabasePlace } from './database-place.js';
import { ServerClock } from './server-clock.js';
import type { Row } from './session-row.js';
import type { SessionTable } from './session-table.js';

/** The largest MEDIUMBLOB. */
const LARGEST_PAYLOAD = 16_777_215;
/** What an INSERT needs beside the payload. */
const STATEMENT_BYTES = 2_048;

/** What has to be known of the primary before something is written: its clock, and the largest packet that it takes. */
export class PrimaryFacts {
  readonly clock = new ServerClock();
  #maxPayload: number | undefined;

  constructor(
    private readonly table: SessionTable,
    private readonly primary: DatabasePlace,
  ) {}

  /** Takes the facts from the first two columns of an answer, with which every load brings them up to date. */
  observe([now, maxPacket]: Row, askedAt: number): void {
    this.clock.observe(Number(now), askedAt);
    this.#maxPayload = Math.min(LARGEST_PAYLOAD, Math.max(0, Number(maxPacket) - STATEMENT_BYTES));
  }

  /** Asks the primary unless it has answered before. */
  async known(deadline: number): Promise<void> {
    if (this.#maxPayload === undefined) await this.refresh(deadline);
  }

  async refresh(deadline: number): Promise<void> {
    const askedAt = performance.now();
    const [row = []] = await this.primary.rows(this.table.facts, [], deadline);
    this.observe(row, askedAt);
  }

  /** Bytes of the largest payload that the primary takes. */
  get maxPayload(): number {
    return this.#maxPayload ?? LARGEST_PAYLOAD;
  }
}
