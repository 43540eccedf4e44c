import { ask, LOOPBACK } from './loopback.js';
import { ThrowawayServer, type ServerRecipe, type ThrowawayServerOptions } from './throwaway-server.js';
import type { ServerSoftware } from './server-software.js';

/** What `installServer` and `MissingServerError` need to know about Redis. */
export const REDIS: ServerSoftware = {
  binary: 'redis-server',
  aptPackage: 'redis-server',
  urlVariable: 'REDIS_URL',
};

/** How a Redis of our own is started. */
export interface RedisServerOptions extends ThrowawayServerOptions {
  /** Port of the Redis on the loopback interface that it is a replica of; none by default. */
  readonly replicaOf?: number;
  /** More of redis-server's arguments; they win over ours. */
  readonly args?: readonly string[];
}

/** Starts a Redis on the loopback interface, without persistence, and waits until it answers PING. */
export async function startRedis(options: RedisServerOptions = {}): Promise<ThrowawayServer> {
  const { replicaOf, args = [] } = options;
  const replica = replicaOf === undefined ? [] : ['--replicaof', `${LOOPBACK} ${replicaOf}`];
  return ThrowawayServer.start(redisRecipe([...replica, ...args]), options);
}

function redisRecipe(args: readonly string[]): ServerRecipe {
  return {
    software: REDIS,
    arguments: (port, directory) => {
      const own = { port: String(port), bind: LOOPBACK, dir: directory, save: '', appendonly: 'no' };
      return [...Object.entries(own).flatMap(([name, value]) => [`--${name}`, value]), ...args];
    },
    answers: answersPing,
    url: (port) => `redis://${LOOPBACK}:${port}`,
  };
}

/** Whether a Redis on this port is up. NOAUTH is an answer too: one that wants a password is up. */
export async function answersPing(port: number): Promise<boolean> {
  return /^(\+PONG|-NOAUTH)/.test((await ask(port, 'PING\r\n')) ?? '');
}
