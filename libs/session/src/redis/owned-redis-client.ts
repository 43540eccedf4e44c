import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { atMost } from '../contracts/at-most.js';
import { BatchingRedis } from './batching-redis.js';
import { reasonOf } from './redis-session.errors.js';
import type { RedisSessionsOptions } from './redis-session.options.js';
import { type MasterAddress, SentinelWatch } from './sentinel-watch.js';

/** How long the start of the application, or the first command, waits for the first connection. */
const FIRST_CONNECTION_MS = 500;
const CLOSE_MS = 500;

/**
 * A client of our own, set up so that a Redis which is down, frozen or cut off is an error at once and not a wait, and so
 * that it is back within two seconds of Redis. Connects when first asked to; never throws an error outside a command.
 */
export class OwnedRedisClient {
  readonly client: Redis | Cluster;
  readonly #watch: SentinelWatch;
  #problem: string | undefined;
  #firstConnection: Promise<void> | undefined;
  /** Named while no connection stood; the one that is being made may still lead to the master before it. */
  #named: MasterAddress | undefined;

  constructor(options: RedisSessionsOptions) {
    this.client = options.cluster === undefined ? newRedis(options) : newCluster(options);
    this.#watch = new SentinelWatch(options, (master) => this.#follow(master));
    const remember = (error: unknown): void => {
      this.#problem = reasonOf(error);
    };
    this.client.on('error', remember);
    this.client.on('node error', remember);
    this.client.on('ready', () => {
      this.#problem = undefined;
    });
    this.client.on('connect', () => {
      const named = this.#named;
      this.#named = undefined;
      if (named !== undefined) this.#follow(named);
    });
  }

  /** Why there is no connection now, in a word; undefined while there is one. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Begins to connect, once. Resolves when the connection stands, at its first failure, and after half a second at most;
   * the client goes on trying by itself.
   */
  open(): Promise<void> {
    this.#firstConnection ??= this.#connect();
    return this.#firstConnection;
  }

  /** Closes the connection, for good. Never waits longer than half a second. */
  async close(): Promise<void> {
    // Between two attempts there is nothing to close, and nothing that would tell us that it has ended.
    const connected = ['connecting', 'connect', 'ready'].includes(this.client.status);
    const ended = new Promise<void>((resolve) => {
      this.client.once('end', () => resolve());
    });
    this.#watch.close();
    this.client.disconnect();
    if (connected) await atMost(CLOSE_MS, ended);
  }

  #connect(): Promise<void> {
    this.#watch.open();
    return atMost(
      FIRST_CONNECTION_MS,
      this.client.connect().catch(() => undefined),
    );
  }

  /**
   * Asks anew who the master is; whatever is under way fails. A connection that is there already is left alone: every Sentinel tells, the
   * later ones when all is well again. Where the Sentinels name a host that we reach by another address, each of them costs a reconnection.
   */
  #follow(master: MasterAddress): void {
    const { client } = this;
    if (client instanceof Cluster) return;
    if (!['connect', 'ready'].includes(client.status)) {
      this.#named = master;
      return;
    }
    const { remoteAddress, remotePort } = client.stream;
    if (remoteAddress !== master.host || remotePort !== master.port) client.disconnect(true);
  }
}

/** Chosen so that two silent attempts in a row still end within two seconds. */
const CONNECTION = {
  connectTimeout: 800,
  // Nothing heard for so long with a command under way: the connection is replaced.
  socketTimeout: 800,
  sentinelCommandTimeout: 800,
  disconnectTimeout: 200,
  keepAlive: 10_000,
  maxLoadingRetryTime: 100,
} satisfies RedisOptions;

const FIXED = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
} satisfies RedisOptions;

function newRedis({
  url,
  prefix: _prefix,
  durability: _durability,
  cluster: _cluster,
  dnsLookup: _dnsLookup,
  ...given
}: RedisSessionsOptions): Redis {
  const options = {
    ...CONNECTION,
    retryStrategy: soon,
    sentinelRetryStrategy: soon,
    reconnectOnError,
    ...given,
    ...FIXED,
  };
  return url === undefined ? new BatchingRedis(options) : new BatchingRedis(url, options);
}

function newCluster({
  prefix: _prefix,
  durability: _durability,
  url: _url,
  cluster,
  dnsLookup,
  natMap,
  ...given
}: RedisSessionsOptions): Cluster {
  return new Cluster([...(cluster ?? [])], {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: soon,
    slotsRefreshTimeout: 500,
    // A command goes on to other nodes for less than half a second, the deadline that a store command has above us.
    maxRedirections: 5,
    // Also what waits for a node that is being connected to. It sends again what a node has perhaps executed: `ConnectionLosses`.
    retryDelayOnFailover: 50,
    retryDelayOnClusterDown: 50,
    retryDelayOnTryAgain: 50,
    ...(dnsLookup !== undefined && { dnsLookup }),
    ...(natMap !== undefined && { natMap }),
    redisOptions: { ...CONNECTION, ...given },
  });
}

function soon(times: number): number {
  return Math.min(times * 20, 150) + Math.random() * 50;
}

/** A master that became a replica: ask anew who the master is. */
function reconnectOnError(error: Error): boolean {
  return /\bREADONLY\b/.test(error.message);
}
