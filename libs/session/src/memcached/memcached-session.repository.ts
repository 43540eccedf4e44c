import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { decodeEnvelope, encodeEnvelope } from '../contracts/envelope.js';
import { SessionStoreError } from '../contracts/errors.js';
import type { RejectedRecord, SessionRecord } from '../contracts/record.js';
import { type DestroyResult, type Guarantees, type SaveResult, SessionRepository } from '../contracts/repository.js';
import type { ReportingRepository, RepositoryListener } from '../contracts/repository-events.js';
import { isSessionId, storageKey } from '../contracts/session-id.js';
import { NodeUnavailable, storeError } from './memcached-session.errors.js';
import type { MemcachedSettings } from './memcached-session.options.js';
import { NodePool } from './node-pool.js';
import { SessionItem, type Written } from './session-item.js';

const GONE: SaveResult = { status: 'gone' };
const CONFLICT: SaveResult = { status: 'conflict' };

/** What is stored under an id at this moment. */
interface Found {
  readonly record: SessionRecord | RejectedRecord;
  readonly cas: Buffer;
  /** Its deadline has passed, by our clock: there is no session any more, but for the memory that it takes. */
  readonly isOver: boolean;
}

/**
 * Sessions in the memory of a pool of memcached: one item per session, on the one node that its id leads to. A load is one
 * command, a creation too; every other write is a read, and a write that is executed only if nothing came between.
 *
 * A node that does not answer is an error for the sessions on it, never another node's answer; a new session is had under another id.
 */
export class MemcachedSessionRepository
  extends SessionRepository
  implements OnModuleInit, OnApplicationShutdown, ReportingRepository
{
  readonly guarantees: Guarantees = { concurrency: 'compare-and-set', reads: 'latest', revocation: 'immediate' };
  readonly #pool: NodePool;

  /** @param settings as `memcachedSessions` makes them of its options */
  constructor(private readonly settings: MemcachedSettings) {
    super();
    this.#pool = new NodePool(settings);
  }

  async load(token: string): Promise<SessionRecord | RejectedRecord | null> {
    if (!isSessionId(token)) return null;
    try {
      const found = await read(this.#item(token), token);
      return found === undefined || found.isOver ? null : found.record;
    } catch (error) {
      throw storeError(error, false);
    }
  }

  async save(record: SessionRecord): Promise<SaveResult> {
    if (!isSessionId(record.id) || record.expiresAt <= Date.now()) return GONE;
    return record.version === 0 ? this.#create(record) : this.#update(record);
  }

  async touch({ id }: SessionRecord, expiresAt: number): Promise<SaveResult> {
    if (!isSessionId(id)) return GONE;
    return this.#change(id, GONE, async (item, { record, cas, isOver }) => {
      if (isOver || 'rejected' in record) return GONE;
      if (expiresAt <= record.expiresAt) return saved(id, record.version);
      // memcached's own touch would leave the deadline inside the value as it was.
      return savedIf(await item.replace(encodeEnvelope({ ...record, expiresAt }), expiresAt, cas), id, record.version);
    });
  }

  async destroy(token: string, version?: number): Promise<DestroyResult> {
    if (!isSessionId(token)) return 'gone';
    return this.#change<DestroyResult>(token, 'gone', async (item, { record, cas, isOver }) => {
      if (version !== undefined && isOver) return 'gone';
      if (version !== undefined && ('rejected' in record || record.version !== version)) return 'conflict';
      // What is over is deleted too: another instance's clock may be behind.
      const written = await item.delete(version === undefined ? undefined : cas);
      if (written === 'changed') return undefined;
      return written === 'missing' || isOver ? 'gone' : 'destroyed';
    });
  }

  /** Evicted sessions, and nodes that are lost or back, named `host:port`. */
  reportTo(listener: RepositoryListener): void {
    this.#pool.reportTo(listener);
  }

  /** Connects to the nodes. Those that are down do not keep the application from starting. */
  async onModuleInit(): Promise<void> {
    await this.#pool.open();
  }

  /** Closes all connections. */
  async onApplicationShutdown(): Promise<void> {
    this.#pool.close();
  }

  async #create(record: SessionRecord): Promise<SaveResult> {
    const { id, writeId, expiresAt } = record;
    const item = this.#item(id);
    const envelope = encodeEnvelope({ ...record, version: 1 });
    try {
      if ((await item.add(envelope, expiresAt)) === 'done') return saved(id, 1);
      const found = await read(item, id);
      if (found === undefined || 'rejected' in found.record) return CONFLICT;
      if (found.isOver)
        return (await item.replace(envelope, expiresAt, found.cas)) === 'done' ? saved(id, 1) : CONFLICT;
      return found.record.writeId === writeId ? saved(id, found.record.version) : CONFLICT;
    } catch (error) {
      // Nobody knows this id yet, so that whatever became of it may be left behind; under another one it leads to another node.
      if (error instanceof NodeUnavailable && this.#pool.hasLivingNode) return CONFLICT;
      throw storeError(error, true);
    }
  }

  #update(update: SessionRecord): Promise<SaveResult> {
    const { id, writeId, expiresAt } = update;
    const version = update.version + 1;
    return this.#change(id, GONE, async (item, { record, cas, isOver }) => {
      if (isOver) return GONE;
      if ('rejected' in record) return CONFLICT;
      if (record.writeId === writeId) return saved(id, record.version);
      if (record.version !== update.version) return CONFLICT;
      return savedIf(await item.replace(encodeEnvelope({ ...update, version }), expiresAt, cas), id, version);
    });
  }

  /**
   * Reads what is stored and acts upon it, again when somebody changed it in between, which is when `act` answers undefined.
   * @param nothing the answer when nothing is stored
   */
  async #change<T>(
    id: string,
    nothing: T,
    act: (item: SessionItem, found: Found) => Promise<T | undefined>,
  ): Promise<T> {
    const item = this.#item(id);
    try {
      do {
        const found = await read(item, id);
        const answer = found === undefined ? nothing : await act(item, found);
        if (answer !== undefined) return answer;
      } while (!item.isLate);
    } catch (error) {
      throw storeError(error, true);
    }
    throw new SessionStoreError('the session is changed by others all the time');
  }

  #item(id: string): SessionItem {
    const digest = storageKey(id);
    const { prefix, maxItemBytes } = this.settings;
    return new SessionItem(this.#pool.nodeOf(digest), prefix + digest, maxItemBytes);
  }
}

async function read(item: SessionItem, id: string): Promise<Found | undefined> {
  const stored = await item.read();
  if (stored === undefined) return undefined;
  const record = decodeEnvelope(id, stored.text);
  return { record, cas: stored.cas, isOver: 'expiresAt' in record && record.expiresAt <= Date.now() };
}

function saved(token: string, version: number): SaveResult {
  return { status: 'saved', token, version };
}

/** What became of a write that was to replace what was read; undefined when it is to be tried again. */
function savedIf(written: Written, token: string, version: number): SaveResult | undefined {
  if (written === 'changed') return undefined;
  return written === 'missing' ? GONE : saved(token, version);
}
