import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { decodeEnvelope, encodeEnvelope, envelopeTime, envelopeVersion } from '../contracts/envelope.js';
import { SessionStoreError } from '../contracts/errors.js';
import type { RejectedRecord, SessionRecord } from '../contracts/record.js';
import { type DestroyResult, type Guarantees, type SaveResult, SessionRepository } from '../contracts/repository.js';
import { isSessionId, storageKey } from '../contracts/session-id.js';
import { ConnectionLosses } from './connection-losses.js';
import { OwnedRedisClient } from './owned-redis-client.js';
import type { RedisClient } from './redis-client.js';
import { isWrongType, storeError } from './redis-session.errors.js';
import { CONFLICT, DESTROY, GONE, type RedisScript, TOUCH, UPDATE } from './redis-session.scripts.js';
import type { ReplicatedWrites } from './replicated-writes.js';

/** The first character of what `encodeEnvelope` writes. */
const FORMAT = '1';

/**
 * Sessions in Redis: one string per session, which expires by Redis's own clock. A load is one GET; every write is one
 * command, so that value and time to live are stored together or not at all.
 */
export class RedisSessionRepository extends SessionRepository implements OnModuleInit, OnApplicationShutdown {
  readonly guarantees: Guarantees = { concurrency: 'compare-and-set', reads: 'latest', revocation: 'immediate' };
  readonly #client: RedisClient;
  readonly #owned: OwnedRedisClient | undefined;
  readonly #losses: ConnectionLosses;

  /**
   * @param client the application's own client, which is used as it is and never closed, or one of ours
   * @param prefix in front of every key
   * @param replicated where replicas must have what creates or ends a session: the way for these writes
   */
  constructor(
    client: RedisClient | OwnedRedisClient,
    private readonly prefix: string,
    private readonly replicated?: ReplicatedWrites,
  ) {
    super();
    this.#owned = client instanceof OwnedRedisClient ? client : undefined;
    this.#client = client instanceof OwnedRedisClient ? client.client : client;
    this.#losses = new ConnectionLosses(this.#client);
  }

  async load(token: string): Promise<SessionRecord | RejectedRecord | null> {
    if (!isSessionId(token)) return null;
    try {
      if (this.#owned !== undefined && this.#client.status !== 'ready') await this.#owned.open();
      const stored = await this.#client.get(this.#key(token));
      return stored === null ? null : decodeEnvelope(token, stored);
    } catch (error) {
      if (isWrongType(error)) return { rejected: 'malformed' };
      throw storeError(error, false, this.#owned?.problem);
    }
  }

  async save(record: SessionRecord): Promise<SaveResult> {
    const timeToLive = record.expiresAt - Date.now();
    if (!isSessionId(record.id) || timeToLive <= 0) return { status: 'gone' };
    const version = record.version + 1;
    const envelope = encodeEnvelope({ ...record, version });
    const rest = [record.writeId, envelope, timeToLive] as const;
    if (record.version > 0) {
      const replaced = FORMAT + envelopeVersion(record.version);
      return this.#saved(record.id, await this.#run(UPDATE, record.id, replaced, ...rest));
    }
    if (await this.#create(record.id, envelope, timeToLive)) return { status: 'saved', token: record.id, version };
    // What could not be created replaces nothing; it is there already if it was sent twice.
    return this.#saved(record.id, await this.#runLasting(UPDATE, record.id, '', ...rest));
  }

  async touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    if (!isSessionId(record.id)) return { status: 'gone' };
    const timeToLive = expiresAt - Date.now();
    return this.#saved(record.id, await this.#run(TOUCH, record.id, FORMAT, envelopeTime(expiresAt), timeToLive));
  }

  async destroy(token: string, version?: number): Promise<DestroyResult> {
    if (!isSessionId(token)) return 'gone';
    if (version !== undefined) return this.#destroyVersion(token, version);
    return (await this.#lasting((client) => client.del(this.#key(token)))) === GONE ? 'gone' : 'destroyed';
  }

  /** Begins to connect. A Redis that is down does not keep the application from starting. */
  async onModuleInit(): Promise<void> {
    await Promise.all([this.#owned?.open(), this.replicated?.connection.open()]);
  }

  /** Closes a client of ours; the application's own stays as it was. */
  async onApplicationShutdown(): Promise<void> {
    this.#losses.stop();
    await Promise.all([this.#owned?.close(), this.replicated?.connection.close()]);
  }

  async #destroyVersion(token: string, version: number): Promise<DestroyResult> {
    const { count } = this.#losses;
    const answer = await this.#runLasting(DESTROY, token, FORMAT + envelopeVersion(version));
    if (answer === CONFLICT) return 'conflict';
    if (answer !== GONE) return 'destroyed';
    // It may have been this very command that ended the session, and "gone" would blame somebody else.
    if (this.#losses.count > count) throw new SessionStoreError('connection closed', 'unknown');
    return 'gone';
  }

  async #create(id: string, envelope: string, timeToLive: number): Promise<boolean> {
    return (await this.#lasting((client) => client.set(this.#key(id), envelope, 'PX', timeToLive, 'NX'))) === 'OK';
  }

  #saved(token: string, answer: number): SaveResult {
    if (answer === GONE) return { status: 'gone' };
    return answer === CONFLICT ? { status: 'conflict' } : { status: 'saved', token, version: answer };
  }

  #key(id: string): string {
    return this.prefix + storageKey(id);
  }

  #run(script: RedisScript, id: string, ...args: (string | number)[]): Promise<number> {
    return this.#write((client) => script.run(client, this.#key(id), ...args));
  }

  /** A write that creates or ends a session: replicas have it as well, where that was asked for. */
  #lasting<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.replicated === undefined ? this.#write(command) : this.replicated.run(command);
  }

  #runLasting(script: RedisScript, id: string, ...args: (string | number)[]): Promise<number> {
    const { replicated } = this;
    if (replicated === undefined) return this.#run(script, id, ...args);
    return replicated.run((client) => script.runWhole(client, this.#key(id), ...args));
  }

  async #write<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    if (this.#owned !== undefined && this.#client.status !== 'ready') await this.#owned.open();
    const { count } = this.#losses;
    try {
      return await command(this.#client);
    } catch (error) {
      throw storeError(error, true, this.#owned?.problem, this.#losses.count > count);
    }
  }
}
