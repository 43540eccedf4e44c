import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { SessionTooLargeError } from '../contracts/errors.js';
import type { LoadedRecord, RejectedRecord, SessionRecord } from '../contracts/record.js';
import type { ReportingRepository, RepositoryListener } from '../contracts/repository-events.js';
import { type DestroyResult, type Guarantees, type SaveResult, SessionRepository } from '../contracts/repository.js';
import { isSessionId, storageKey } from '../contracts/session-id.js';
import { BackgroundTask } from './background-task.js';
import type { Database } from './database.js';
import { DatabasePlace } from './database-place.js';
import { ExpiredSessions } from './expired-sessions.js';
import { PrimaryFacts } from './primary-facts.js';
import { SessionReader } from './session-reader.js';
import { changesOf, valuesOf } from './session-row.js';
import { createTable, FORMAT, SessionTable } from './session-table.js';
import { PULSE_ID, SharedTurn, SWEEP_ID } from './shared-turn.js';
import { isDuplicate, isMissingTable, storeError } from './typeorm-session.errors.js';
import type { TypeormSettings } from './typeorm-session.options.js';

/** How long the connections of a pool of ours may take to be made when the application starts. */
const WARM_UP_MS = 5_000;

/** How often the primary's pulse reaches its replicas, so that each of their answers tells how old it is. */
const PULSE_EVERY_MS = 500;

/**
 * Sessions as rows of one table. A load is one look-up by primary key; every write is one statement on one row, and its affected rows
 * decide; when there were none, a second statement tells why. Deadlines are kept by the server's clock.
 */
export class TypeormSessionRepository
  extends SessionRepository
  implements OnModuleInit, OnApplicationShutdown, ReportingRepository
{
  readonly guarantees: Guarantees;
  readonly #table: SessionTable;
  readonly #primary: DatabasePlace;
  readonly #facts: PrimaryFacts;
  readonly #reader: SessionReader;
  readonly #expired: ExpiredSessions;
  readonly #sweep: BackgroundTask;
  readonly #pulse: BackgroundTask;
  #listener: RepositoryListener = () => undefined;
  #tableExists: boolean;

  /** @param database of the application, or one of ours, which is opened and closed with the application */
  constructor(
    private readonly database: Database,
    private readonly settings: TypeormSettings,
  ) {
    super();
    const { table, timeoutMs, maxLagMs, sweepEveryMs } = settings;
    this.guarantees = database.hasReplicas
      ? { concurrency: 'compare-and-set', reads: 'read-your-writes', revocation: { withinMs: maxLagMs } }
      : { concurrency: 'compare-and-set', reads: 'latest', revocation: 'immediate' };
    const report: RepositoryListener = (event, detail) => this.#listener(event, detail);
    this.#table = new SessionTable(table, timeoutMs);
    this.#primary = new DatabasePlace('primary', () => database.primary(), report);
    const replica = database.hasReplicas ? new DatabasePlace('replica', () => database.replica(), report) : undefined;
    this.#facts = new PrimaryFacts(this.#table, this.#primary);
    this.#reader = new SessionReader(this.#table, this.#primary, replica, this.#facts, settings);
    const turn = (id: Buffer, everyMs: number) => new SharedTurn(this.#table, this.#primary, id, everyMs);
    this.#expired = new ExpiredSessions(this.#table, this.#primary, turn(SWEEP_ID, sweepEveryMs / 2), timeoutMs);
    const pulse = turn(PULSE_ID, PULSE_EVERY_MS / 2);
    this.#sweep = new BackgroundTask((signal) => this.#expired.sweep(signal), sweepEveryMs);
    this.#pulse = new BackgroundTask(() => this.#beat(pulse), database.hasReplicas ? PULSE_EVERY_MS : 0);
    this.#tableExists = !settings.createTable;
  }

  reportTo(listener: RepositoryListener): void {
    this.#listener = listener;
  }

  async load(token: string, atLeast = 0): Promise<LoadedRecord | RejectedRecord | null> {
    if (!isSessionId(token)) return null;
    return this.#asked(false, () => this.#reader.load(token, keyOf(token), atLeast));
  }

  async save(record: SessionRecord): Promise<SaveResult> {
    if (!isSessionId(record.id)) return { status: 'gone' };
    return this.#asked(true, async (deadline) => {
      await this.#facts.known(deadline);
      const { clock, maxPayload } = this.#facts;
      if (record.expiresAt + clock.shiftMs <= clock.earliest) return { status: 'gone' };
      const payload = Buffer.from(record.payload);
      if (payload.length > maxPayload) throw new SessionTooLargeError(payload.length, maxPayload);
      const key = keyOf(record.id);
      const isStored =
        record.version === 0
          ? this.#insert([...valuesOf(record, payload, clock.shiftMs), key], deadline)
          : this.#update([...changesOf(record, payload, clock.shiftMs), key], record, deadline);
      if (await isStored) return { status: 'saved', token: record.id, version: record.version + 1 };
      return this.#whyNot(record, key, deadline);
    });
  }

  async touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    if (!isSessionId(record.id)) return { status: 'gone' };
    return this.#asked(true, async (deadline) => {
      await this.#facts.known(deadline);
      const values = [expiresAt + this.#facts.clock.shiftMs, keyOf(record.id)];
      const { affectedRows, insertId } = await this.#primary.write(this.#table.touch, values, deadline);
      if (affectedRows > 0) return { status: 'saved', token: record.id, version: insertId };
      // Without mysql2's FOUND_ROWS a row that stays as it is counts as none.
      const [stored] = await this.#primary.rows(this.#table.state, [keyOf(record.id)], deadline);
      if (stored === undefined || Number(stored[0]) !== FORMAT) return { status: 'gone' };
      return { status: 'saved', token: record.id, version: Number(stored[1]) };
    });
  }

  async destroy(token: string, version?: number): Promise<DestroyResult> {
    if (!isSessionId(token)) return 'gone';
    const key = keyOf(token);
    return this.#asked(true, async (deadline) => {
      const { affectedRows } =
        version === undefined
          ? await this.#primary.write(this.#table.destroy, [key], deadline)
          : await this.#primary.write(this.#table.destroyVersion, [key, version], deadline);
      if (affectedRows > 0) return 'destroyed';
      if (version === undefined) return 'gone';
      const [stored] = await this.#primary.rows(this.#table.state, [key], deadline);
      return stored === undefined ? 'gone' : 'conflict';
    });
  }

  /** Removes expired sessions now, if no other instance did so lately; how many. */
  async sweep(): Promise<number> {
    return this.#asked(true, () => this.#expired.sweep(new AbortController().signal));
  }

  /** Begins to connect. A database that is down does not keep the application from starting. */
  async onModuleInit(): Promise<void> {
    await this.database.open();
    if (this.database.isOurs) {
      void this.#facts.warmUp(this.settings.poolSize, performance.now() + WARM_UP_MS);
    }
    this.#sweep.start();
    this.#pulse.start(0);
  }

  /** Ends what runs in the background, and closes a connection of ours; the application's own stays as it is. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.#sweep.stop(), this.#pulse.stop()]);
    await this.database.close();
  }

  async #insert(values: unknown[], deadline: number): Promise<boolean> {
    try {
      await this.#primary.write(this.#table.insert, values, deadline);
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  async #update(values: unknown[], { version }: SessionRecord, deadline: number): Promise<boolean> {
    return (await this.#primary.write(this.#table.update, [...values, version], deadline)).affectedRows > 0;
  }

  async #whyNot(record: SessionRecord, key: Buffer, deadline: number): Promise<SaveResult> {
    const [stored] = await this.#primary.rows(this.#table.state, [key], deadline);
    if (stored === undefined) return { status: record.version === 0 ? 'conflict' : 'gone' };
    const [, version, writeId] = stored;
    const isOurs = Buffer.isBuffer(writeId) && writeId.toString() === record.writeId;
    return isOurs ? { status: 'saved', token: record.id, version: Number(version) } : { status: 'conflict' };
  }

  async #beat(pulse: SharedTurn): Promise<void> {
    const deadline = performance.now() + this.settings.timeoutMs;
    await this.#facts.refresh(deadline);
    await pulse.take(deadline);
  }

  /** Runs a call with its deadline, makes the table when it is missing and may be made, and lets no error of the client out. */
  async #asked<T>(writes: boolean, work: (deadline: number) => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.settings.timeoutMs;
    try {
      return await work(deadline).catch(async (error: unknown) => {
        if (this.#tableExists || !isMissingTable(error)) throw error;
        await this.#primary.write({ sql: createTable(this.#table.name), writes: true }, [], deadline);
        this.#tableExists = true;
        return work(deadline);
      });
    } catch (error) {
      if (error instanceof SessionTooLargeError) throw error;
      throw storeError(error, writes);
    }
  }
}

function keyOf(id: string): Buffer {
  return Buffer.from(storageKey(id), 'hex');
}
