import { connect, type Socket } from 'node:net';
import mysql2, { type PoolConnection } from 'mysql2';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { atMost } from '../contracts/at-most.js';
import { SessionStoreError } from '../contracts/errors.js';
import type { Database, MysqlDriver } from './database.js';
import { reasonOf } from './typeorm-session.errors.js';
import type { TypeormSettings } from './typeorm-session.options.js';

const CONNECT_MS = 1_000;
const FIRST_CONNECTION_MS = 500;
const CLOSE_MS = 500;
const RETRY_MS = 100;
/** A server that has taken the connection and then says nothing. */
const INITIALISE_MS = 1_500;
const KEEP_ALIVE_MS = 10_000;
const QUEUED_PER_CONNECTION = 50;

/**
 * A `DataSource` of our own. TypeORM cannot initialise one while its database is down, so that is tried again and again, by whoever
 * needs it, until it succeeds once; from then on the pool reconnects by itself.
 */
export class OwnedDataSource implements Database {
  readonly isOurs = true;
  readonly hasReplicas: boolean;
  readonly #options: DataSourceOptions;
  readonly #sockets = new Set<Socket>();
  #attempt: Promise<DataSource> | undefined;
  #ready: DataSource | undefined;
  #problem: unknown;
  #nextAttempt = 0;
  #isClosed = false;

  constructor(settings: TypeormSettings) {
    this.hasReplicas = settings.replicas.length > 0;
    this.#options = dataSourceOptions(settings, (config) => this.#connect(config));
  }

  async primary(): Promise<PoolConnection> {
    return (await this.#driver()).obtainMasterConnection();
  }

  async replica(): Promise<PoolConnection> {
    return (await this.#driver()).obtainSlaveConnection();
  }

  async open(): Promise<void> {
    await atMost(
      FIRST_CONNECTION_MS,
      this.#driver().catch(() => undefined),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const ready = this.#ready;
    this.#ready = undefined;
    const ended = (ready?.destroy() ?? this.#attempt ?? Promise.resolve()) as Promise<unknown>;
    await atMost(
      CLOSE_MS,
      ended.catch(() => undefined),
    );
    // A server that stands still says no good-bye, and its connections would keep the process alive.
    for (const socket of this.#sockets) socket.destroy();
  }

  async #driver(): Promise<MysqlDriver> {
    const dataSource = this.#ready ?? (await this.#initialised());
    return dataSource.driver;
  }

  #initialised(): Promise<DataSource> {
    if (this.#isClosed) return Promise.reject(new SessionStoreError('closed'));
    if (this.#attempt === undefined && performance.now() < this.#nextAttempt) {
      return Promise.reject(new SessionStoreError(reasonOf(this.#problem)));
    }
    this.#attempt ??= this.#initialise();
    return this.#attempt;
  }

  async #initialise(): Promise<DataSource> {
    const dataSource = new DataSource(this.#options);
    try {
      await inTime(INITIALISE_MS, dataSource.initialize());
    } catch (error) {
      this.#problem = error;
      this.#nextAttempt = performance.now() + RETRY_MS;
      // Nothing is connected yet but what this attempt has opened.
      for (const socket of this.#sockets) socket.destroy();
      await atMost(CLOSE_MS, disconnect(dataSource));
      throw new SessionStoreError(reasonOf(error));
    } finally {
      this.#attempt = undefined;
    }
    if (this.#isClosed) {
      await dataSource.destroy();
      throw new SessionStoreError('closed');
    }
    this.#ready = dataSource;
    return dataSource;
  }

  /** Sockets are made here, so that those can be closed which the client would wait for. */
  #connect({ host, port }: { host: string; port: number }): Socket {
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    this.#sockets.add(socket);
    return socket.once('close', () => this.#sockets.delete(socket));
  }
}

type Connect = (config: { host: string; port: number }) => Socket;

function dataSourceOptions(
  { url, replicas, poolSize, ssl, timeoutMs }: TypeormSettings,
  stream: Connect,
): DataSourceOptions {
  const primary = credentials(url);
  return {
    type: 'mysql',
    driver: mysql2,
    charset: 'utf8mb4',
    connectTimeout: Math.max(CONNECT_MS, timeoutMs),
    poolSize,
    ...(ssl !== undefined && { ssl }),
    extra: {
      queueLimit: poolSize * QUEUED_PER_CONNECTION,
      stream: ({ config }: { config: Parameters<Connect>[0] }) => stream(config),
    },
    ...(replicas.length === 0
      ? primary
      : {
          database: primary.database,
          // mysql2 would take a node out for good after five errors.
          replication: {
            master: primary,
            slaves: replicas.map(credentials),
            canRetry: false,
            removeNodeErrorCount: Number.POSITIVE_INFINITY,
          },
        }),
  };
}

function credentials(text: string) {
  const url = new URL(text);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 3306 : Number(url.port),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
  };
}

/** What TypeORM leaves behind when it could not initialise. */
async function disconnect(dataSource: DataSource): Promise<void> {
  const driver = dataSource.driver as unknown as { disconnect(): Promise<void> };
  await driver.disconnect().catch(() => undefined);
}

async function inTime<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })), ms);
  });
  return Promise.race([work, patience]).finally(() => clearTimeout(timer));
}
