import type { ClusterNode, ClusterOptions, RedisOptions } from 'ioredis';
import { SessionConfigError } from '../contracts/errors.js';

/** Options of the client that the promises about failures stand on; they cannot be chosen. */
export const FIXED_OPTIONS = [
  'autoResendUnfulfilledCommands',
  'enableOfflineQueue',
  'keyPrefix',
  'lazyConnect',
  'maxRetriesPerRequest',
  'monitor',
  'readOnly',
  'replyMapping',
] as const;

/** Under which keys the sessions stand. */
export interface RedisKeyOptions {
  /** In front of every key; default `session:`. */
  readonly prefix?: string;
}

/** When a session that was created or ended counts as that. */
export interface RedisDurabilityOptions {
  /**
   * `master`, the default: once the master has it. `replicated`: once a replica has it too, within 400 ms; otherwise the answer is a
   * `SessionStoreError` whose outcome is unknown. So a login or logout that was answered survives the master, for one more command
   * (WAIT) and the way to a replica and back. Other figures as `{ replicas, timeout }`. Not for a Cluster, nor for a client of the
   * application's own.
   */
  readonly durability?: 'master' | 'replicated' | Partial<Replication>;
}

/** How many replicas must have a change before it is answered, and how long they have for that. */
export interface Replication {
  /** Default 1. */
  readonly replicas: number;
  /**
   * Milliseconds for all that a write waits, its turn behind others included; from 1 to 700, default 400. Keep it a little under
   * `timeout.command` of the module (500).
   */
  readonly timeout: number;
}

/**
 * Where Redis is, and how its client is set up: one of `url`, `host` and `port`, `path`, `sentinels` with `name`, or
 * `cluster`. Any other option of ioredis may stand beside them.
 */
export interface RedisSessionsOptions
  extends RedisKeyOptions, RedisDurabilityOptions, Omit<RedisOptions, (typeof FIXED_OPTIONS)[number]> {
  /** `redis://` or `rediss://`. */
  readonly url?: string;
  /** Nodes of a Redis Cluster to start from; the other options are for the connection to each node. */
  readonly cluster?: readonly ClusterNode[];
  /** How a Cluster's host names are resolved; where nodes are known by TLS names: `(name, done) => done(null, name)`. */
  readonly dnsLookup?: NonNullable<ClusterOptions['dnsLookup']>;
}

const DEFAULT_PREFIX = 'session:';
const DEFAULT_REPLICATION: Replication = { replicas: 1, timeout: 400 };
/** Shorter than the silence after which a connection is replaced. */
const LONGEST_WAIT_MS = 700;

const PLACES = [['url'], ['host', 'port'], ['path'], ['sentinels'], ['cluster']] as const;

/** The prefix to use. */
export function prefixOf(options: RedisKeyOptions): string {
  return options.prefix ?? DEFAULT_PREFIX;
}

/** What replicas must do for a write; undefined when it is the master's alone. Of options that were checked. */
export function replicationOf({ durability }: RedisDurabilityOptions): Replication | undefined {
  if (durability === undefined || durability === 'master') return undefined;
  return durability === 'replicated' ? DEFAULT_REPLICATION : { ...DEFAULT_REPLICATION, ...durability };
}

/** Throws `SessionConfigError` when more is asked for than a client of the application's own can be made to do. */
export function checkOwnClient(options: RedisKeyOptions & RedisDurabilityOptions): void {
  const replicated = options.durability !== undefined && options.durability !== 'master';
  throwIfAny([
    ...problemsOfPrefix(options),
    ...(replicated ? ['durability needs a connection of our own, allowed with a URL or options'] : []),
  ]);
}

/** Throws `SessionConfigError` with every problem of the options. Never shows a URL, which may hold a password. */
export function checkOptions(options: RedisSessionsOptions): void {
  throwIfAny([
    ...problemsOfPrefix(options),
    ...problemsOfPlace(options),
    ...problemsOfUrl(options),
    ...problemsOfNodes(options),
    ...problemsOfFixed(options),
    ...problemsOfDurability(options),
  ]);
}

/** Throws `SessionConfigError` for what is neither a URL nor options nor a client of ioredis. */
export function refusePlace(where: unknown): never {
  const found =
    typeof where === 'object' && where !== null && 'evalSha' in where ? 'a client of node-redis' : typeof where;
  throw new SessionConfigError([`redisSessions: found ${found}, allowed is a URL, options, or a client of ioredis`]);
}

function problemsOfPrefix({ prefix }: RedisKeyOptions): string[] {
  return prefix === undefined || typeof prefix === 'string' ? [] : [`prefix is ${typeof prefix}, allowed is a string`];
}

function problemsOfPlace(options: RedisSessionsOptions): string[] {
  const named = PLACES.filter((names) => names.some((name) => name in options && options[name] !== undefined));
  if (named.length === 1) return [];
  const allowed = 'allowed is one of url, host and port, path, sentinels, cluster';
  const found =
    named.length === 0 ? 'nothing says where Redis is' : `${named.map(([name]) => name).join(' and ')} are set`;
  return [`${found}, ${allowed}`];
}

function problemsOfUrl({ url }: RedisSessionsOptions): string[] {
  if (url === undefined) return [];
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) return ['url is no URL, allowed is redis://host:port or rediss://host:port'];
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') {
    return [`url begins with ${parsed.protocol}//, allowed is redis:// or rediss://`];
  }
  return /^\/?\d*$/.test(parsed.pathname) ? [] : ["url's path is no number, allowed is the number of a database"];
}

function problemsOfNodes({ sentinels, name, cluster }: RedisSessionsOptions): string[] {
  const problems: string[] = [];
  if (sentinels !== undefined && !isFilledList(sentinels))
    problems.push('sentinels must be a list of at least one address');
  if (sentinels !== undefined && (typeof name !== 'string' || name === '')) {
    problems.push('name is missing: with sentinels it says which master to ask for');
  }
  if (cluster !== undefined && !isFilledList(cluster)) problems.push('cluster must be a list of at least one node');
  return problems;
}

function problemsOfFixed(options: RedisSessionsOptions): string[] {
  // ioredis takes options from a URL's query too.
  const inUrl = URL.canParse(options.url ?? '') ? new URL(options.url ?? '').searchParams : new URLSearchParams();
  const set = FIXED_OPTIONS.filter((name) => name in options || inUrl.has(name));
  return set.map((name) => `${name} cannot be set, sessions depend on it`);
}

function problemsOfDurability({ durability, cluster }: RedisSessionsOptions): string[] {
  if (durability === undefined || durability === 'master') return [];
  if (durability !== 'replicated' && (typeof durability !== 'object' || durability === null)) {
    return ["durability is none, allowed are 'master', 'replicated' and { replicas, timeout }"];
  }
  const { replicas, timeout } =
    durability === 'replicated' ? DEFAULT_REPLICATION : { ...DEFAULT_REPLICATION, ...durability };
  return [
    ...(cluster === undefined
      ? []
      : ["durability must be 'master' with a cluster: its nodes count replicas each for itself"]),
    ...(isBetween(replicas, 1, Infinity) ? [] : ['durability.replicas is none, allowed is a whole number from 1']),
    ...(isBetween(timeout, 1, LONGEST_WAIT_MS)
      ? []
      : [`durability.timeout is none, allowed are milliseconds from 1 to ${LONGEST_WAIT_MS}`]),
  ];
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}

function isFilledList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function throwIfAny(problems: string[]): void {
  if (problems.length > 0) throw new SessionConfigError(problems.map((problem) => `redisSessions: ${problem}`));
}
