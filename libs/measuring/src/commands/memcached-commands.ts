import { Client } from 'memjs';
import { type CommandCount, type CommandCounter, countedBy } from './command-counter.js';

/** Counts commands by the server's own statistics. */
export class MemcachedCommands implements CommandCounter {
  private readonly client: Client;

  constructor(url: string) {
    this.client = Client.create(url.replace('memcached://', ''));
  }

  during(requests: number, work: () => Promise<unknown>): Promise<CommandCount> {
    return countedBy(() => this.executed(), requests, work);
  }

  close(): void {
    this.client.close();
  }

  private executed(): Promise<Map<string, number>> {
    return new Promise((resolve, reject) => {
      this.client.stats((error, _server, stats) => {
        if (error !== null || stats === null) reject(error ?? new Error('memcached told no statistics'));
        else resolve(new Map(commandsIn(stats)));
      });
    });
  }
}

/** Those that clients send: `cmd_get`, `cmd_set`, `cmd_touch`; and deletions, which it counts by their outcome. */
function commandsIn(stats: Readonly<Record<string, string>>): (readonly [string, number])[] {
  return Object.entries(stats)
    .filter(([name]) => /^(cmd_(get|set|touch)|delete_(hits|misses))$/.test(name))
    .map(([name, value]) => [name.replace('cmd_', ''), Number(value)] as const);
}
