import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOOPBACK } from './loopback.js';
import { answersPing, REDIS } from './redis-server.js';
import { ThrowawayServer, type ServerRecipe, type ThrowawayServerOptions } from './throwaway-server.js';

/** What a Sentinel of our own watches. */
export interface SentinelOptions extends ThrowawayServerOptions {
  /** Port of the master on the loopback interface. */
  readonly masterPort: number;
  /** How the master is called; default `mymaster`. */
  readonly name?: string;
  /** How many Sentinels must agree that it is down; default 1. */
  readonly quorum?: number;
  /** Milliseconds without an answer after which a Sentinel takes it for down; default 1,000. */
  readonly downAfterMs?: number;
}

/** Starts a Redis Sentinel on the loopback interface and waits until it answers PING. */
export async function startSentinel(options: SentinelOptions): Promise<ThrowawayServer> {
  return ThrowawayServer.start(sentinelRecipe(options), options);
}

function sentinelRecipe(options: SentinelOptions): ServerRecipe {
  const { masterPort, name = 'mymaster', quorum = 1, downAfterMs = 1_000 } = options;
  return {
    software: REDIS,
    arguments: (port, directory) => {
      // A Sentinel writes what it finds out into its configuration file, and does not start without one.
      const file = join(directory, `sentinel-${port}.conf`);
      const lines = [
        `port ${port}`,
        `bind ${LOOPBACK}`,
        `sentinel monitor ${name} ${LOOPBACK} ${masterPort} ${quorum}`,
        `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
        `sentinel failover-timeout ${name} ${downAfterMs * 3}`,
      ];
      writeFileSync(file, `${lines.join('\n')}\n`);
      return [file, '--sentinel'];
    },
    answers: answersPing,
    url: (port) => `redis://${LOOPBACK}:${port}`,
  };
}
