/** Something that tells when its connection is lost. */
export interface RedisConnection {
  on(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

/** What sessions need of a client of ioredis 5 or 6: its `Redis` and its `Cluster` are one. */
export interface RedisClient extends RedisConnection {
  readonly status: string;
  on(event: 'close', listener: () => void): unknown;
  on(event: '+node', listener: (node: RedisConnection) => void): unknown;
  off(event: 'close', listener: () => void): unknown;
  off(event: '+node', listener: (node: RedisConnection) => void): unknown;
  /** A Cluster's connections to its nodes. */
  nodes?(): RedisConnection[];
  get(key: string): Promise<string | null>;
  set(key: string, value: string, inMilliseconds: 'PX', milliseconds: number, ifAbsent: 'NX'): Promise<'OK' | null>;
  del(key: string): Promise<number>;
  evalsha(sha1: string, numberOfKeys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
  eval(script: string, numberOfKeys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
}

/** Whether something is such a client, and no options and no client of another library. */
export function isRedisClient(where: object): where is RedisClient {
  return 'evalsha' in where && typeof where.evalsha === 'function';
}
