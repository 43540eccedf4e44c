import { SessionStoreError } from '../contracts/errors.js';
import type { LoadedRecord, RejectedRecord, SessionRecord } from '../contracts/record.js';
import type { DatabasePlace } from './database-place.js';
import type { PrimaryFacts } from './primary-facts.js';
import { recordIn } from './session-row.js';
import type { SessionTable } from './session-table.js';
import { PULSE_ID } from './shared-turn.js';
import { CrowdedError } from './typeorm-session.errors.js';
import type { TypeormSettings } from './typeorm-session.options.js';

/** What each place gets of the time for a load, so that there is some left for the other one. */
const PRIMARY_SHARE = 0.55;
const REPLICA_SHARE = 0.4;

/** A session as a replica has it. */
interface Copy {
  readonly record: SessionRecord | RejectedRecord | undefined;
  /** The time of the primary up to which the replica surely has everything. */
  readonly pulse: number;
}

/** Where a session is read: from the primary, or from a replica as far as that can be trusted. */
export class SessionReader {
  /** @param replica absent when there are none */
  constructor(
    private readonly table: SessionTable,
    private readonly primary: DatabasePlace,
    private readonly replica: DatabasePlace | undefined,
    private readonly facts: PrimaryFacts,
    private readonly settings: Pick<TypeormSettings, 'reads' | 'maxLagMs' | 'timeoutMs'>,
  ) {}

  /** The live session, not older than a version; null when there is none. */
  async load(id: string, key: Buffer, atLeast: number): Promise<LoadedRecord | RejectedRecord | null> {
    const start = performance.now();
    const deadline = start + this.settings.timeoutMs;
    const { replica } = this;
    if (replica === undefined) return this.fromPrimary(id, key, deadline);
    if (this.settings.reads === 'primary') {
      const share = start + this.settings.timeoutMs * PRIMARY_SHARE;
      return this.fromPrimary(id, key, share).catch(async (error: unknown) => {
        const copy = standsIn(error) ? this.copyIn(replica, id, key, deadline).catch(() => undefined) : undefined;
        return this.stale(await copy, atLeast, error);
      });
    }
    const share = start + this.settings.timeoutMs * REPLICA_SHARE;
    const copy = await this.copyIn(replica, id, key, share).catch(() => undefined);
    // A copy may prove that a session lives, never that it is dead.
    if (this.serves(copy, atLeast) && this.isCurrent(copy, performance.now())) return copy.record;
    return this.fromPrimary(id, key, deadline).catch((error: unknown) => this.stale(copy, atLeast, error));
  }

  private async fromPrimary(id: string, key: Buffer, deadline: number): Promise<SessionRecord | RejectedRecord | null> {
    const askedAt = performance.now();
    const [row] = await this.primary.rows(this.table.load, [key], deadline);
    if (row === undefined) return null;
    this.facts.observe(row, askedAt);
    return recordIn(id, row, 2, this.facts.clock.shiftMs) ?? null;
  }

  private async copyIn(replica: DatabasePlace, id: string, key: Buffer, deadline: number): Promise<Copy> {
    const [row = []] = await replica.rows(this.table.loadCopy, [PULSE_ID, key], deadline);
    return { record: recordIn(id, row, 2, this.facts.clock.shiftMs), pulse: Number(row[1] ?? 0) };
  }

  /** Whether a copy holds a live session that is new enough. */
  private serves(copy: Copy | undefined, atLeast: number): copy is Copy & { readonly record: SessionRecord } {
    const record = copy?.record;
    const { clock } = this.facts;
    return (
      record !== undefined &&
      !('rejected' in record) &&
      record.version >= atLeast &&
      record.expiresAt + clock.shiftMs > clock.latest
    );
  }

  /** Whether a replica had fallen behind by no more than is allowed at some time, by `performance.now()`. */
  private isCurrent({ pulse }: Copy, at: number): boolean {
    const { clock } = this.facts;
    return clock.isKnown && clock.latestAt(at) - pulse <= this.settings.maxLagMs;
  }

  /**
   * The copy in place of a primary that does not answer; its error when the copy cannot stand in for it. The pulse stands still with
   * the primary, so what counts is whether the replica was current when the primary was last heard.
   */
  private stale(copy: Copy | undefined, atLeast: number, error: unknown): LoadedRecord {
    if (standsIn(error) && this.serves(copy, atLeast) && this.isCurrent(copy, this.primary.answeredAt)) {
      return { ...copy.record, stale: true };
    }
    throw error instanceof Error ? error : new SessionStoreError('unknown error');
  }
}

/** Whether a copy may stand in after an error of the primary. While that is there, as it is for a crowd, a copy could show a session that was logged out. */
function standsIn(error: unknown): boolean {
  return !(error instanceof CrowdedError);
}
