import { Redis } from 'ioredis';
import type { CommandCount, CommandCounter } from './command-counter.js';

/** Our own commands, which nobody wants to count. */
const OURS = new Set(['info', 'monitor', 'echo']);
const MARK = 'the end of the count';

type Counts = Map<string, number>;

/**
 * Counts commands on the server's side. INFO commandstats counts everything that was executed and cannot tell a client's command
 * from one inside a script; MONITOR can, and shows each of them. Both are taken over the same requests, and their sums compared.
 */
export class RedisCommands implements CommandCounter {
  private readonly redis: Redis;

  constructor(redisUrl: string) {
    this.redis = new Redis(redisUrl);
  }

  /** The commands that a number of requests cost, per request. */
  async during(requests: number, work: () => Promise<unknown>): Promise<CommandCount> {
    const sent: Counts = new Map();
    const insideScripts: Counts = new Map();
    const monitor = await this.redis.monitor();
    const seenAll = new Promise<void>((resolve) => {
      monitor.on('monitor', (_time: string, [name = '', mark]: string[], source: string) => {
        if (mark === MARK) resolve();
        count(source === 'lua' ? insideScripts : sent, name.toLowerCase());
      });
    });
    try {
      const before = await this.executed();
      await work();
      const after = await this.executed();
      await this.redis.echo(MARK);
      await seenAll;
      const executed = new Map([...after].map(([name, calls]) => [name, calls - (before.get(name) ?? 0)]));
      return {
        sent: perRequest(sent, requests),
        insideScripts: perRequest(insideScripts, requests),
        agrees: sameCounts(executed, sum(sent, insideScripts)),
      };
    } finally {
      monitor.disconnect();
    }
  }

  close(): void {
    this.redis.disconnect();
  }

  private async executed(): Promise<Counts> {
    const stats = await this.redis.info('commandstats');
    return new Map(
      [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name = '', calls]) => [name, Number(calls)]),
    );
  }
}

function count(counts: Counts, name: string): void {
  if (!OURS.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
}

function sum(a: Counts, b: Counts): Counts {
  return new Map([...a.keys(), ...b.keys()].map((name) => [name, (a.get(name) ?? 0) + (b.get(name) ?? 0)]));
}

function sameCounts(a: Counts, b: Counts): boolean {
  const names = [...new Set([...a.keys(), ...b.keys()])].filter((name) => !OURS.has(name));
  return names.every((name) => (a.get(name) ?? 0) === (b.get(name) ?? 0));
}

function perRequest(counts: Counts, requests: number): Record<string, number> {
  return Object.fromEntries([...counts].map(([name, calls]) => [name, calls / requests]));
}
