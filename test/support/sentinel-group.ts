import { Redis } from 'ioredis';
import { startRedis, startSentinel, type ThrowawayServer } from 'throwaway-servers';
import { until } from './until.js';

const NAME = 'sessions';
/** A replica is in step as soon as it may be, and not after a wait for others. */
const AT_ONCE = ['--repl-diskless-sync-delay', '0'];

/** A master, two replicas, and three Sentinels of which two must agree. */
export class SentinelGroup {
  private constructor(
    private readonly servers: readonly ThrowawayServer[],
    private readonly sentinels: readonly ThrowawayServer[],
    readonly downAfterMs: number,
  ) {}

  static async start(downAfterMs: number): Promise<SentinelGroup> {
    const master = await startRedis({ args: AT_ONCE });
    const replicas = await Promise.all([1, 2].map(() => startRedis({ replicaOf: master.port, args: AT_ONCE })));
    const watched = { masterPort: master.port, name: NAME, quorum: 2, downAfterMs };
    const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(watched)));
    const group = new SentinelGroup([master, ...replicas], sentinels, downAfterMs);
    await group.untilReady();
    return group;
  }

  /** As `redisSessions` takes it. */
  get address(): { sentinels: { host: string; port: number }[]; name: string } {
    return { sentinels: this.sentinels.map(({ port }) => ({ host: '127.0.0.1', port })), name: NAME };
  }

  /** Whom most Sentinels take for the master now. */
  async master(): Promise<ThrowawayServer> {
    const ports = await Promise.all(this.sentinels.map((sentinel) => ask(sentinel, masterPort)));
    const port = ports.find((candidate, nth) => ports.indexOf(candidate) !== nth);
    const server = this.servers.find((each) => each.port === port);
    if (server === undefined) throw new Error('the Sentinels do not agree about the master');
    return server;
  }

  /** Starts a server that was killed again, and has it follow the master at once, as its own configuration would. */
  async bringBack(server: ThrowawayServer): Promise<void> {
    const { port } = await this.master();
    await server.restart();
    await ask(server, (client) => client.replicaof('127.0.0.1', port));
  }

  /** How many connections a server has that are neither a Sentinel's nor a replica's. */
  async clientsOf(server: ThrowawayServer): Promise<number> {
    const list = (await ask(server, (client) => client.call('CLIENT', 'LIST', 'TYPE', 'NORMAL'))) as string;
    const lines = list.split('\n').filter((line) => line.includes('addr=') && !/name=sentinel-|cmd=client/.test(line));
    return lines.length;
  }

  /** Asks a Sentinel for another master, as an operator does before maintenance. */
  async failover(): Promise<void> {
    await ask(this.sentinels[0] as ThrowawayServer, (sentinel) => sentinel.call('SENTINEL', 'FAILOVER', NAME));
  }

  /** Until every Sentinel knows the others, and two replicas in step with the master: only then can there be another one. */
  async untilReady(): Promise<void> {
    await until(
      'the Sentinels know each other and two replicas',
      async () => {
        const ready = await Promise.all(this.sentinels.map((sentinel) => ask(sentinel, isReady)));
        return ready.every(Boolean);
      },
      90_000,
    );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.servers].map((server) => server.stop()));
  }
}

type Facts = Record<string, string>;

async function isReady(sentinel: Redis): Promise<boolean> {
  const master = factsOf(await sentinel.call('SENTINEL', 'MASTER', NAME));
  const replicas = ((await sentinel.call('SENTINEL', 'REPLICAS', NAME)) as unknown[]).map(factsOf);
  const good = replicas.filter((each) => each['flags'] === 'slave' && each['master-link-status'] === 'ok');
  return master['flags'] === 'master' && master['num-other-sentinels'] === '2' && good.length === 2;
}

/** A list of names and values, or already the object made from it. */
function factsOf(answer: unknown): Facts {
  if (!Array.isArray(answer)) return answer as Facts;
  return Object.fromEntries(answer.flatMap((name, nth) => (nth % 2 === 0 ? [[name, answer[nth + 1]]] : []))) as Facts;
}

async function masterPort(sentinel: Redis): Promise<number> {
  const address = (await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as [host: string, port: string];
  return Number(address[1]);
}

async function ask<T>(server: ThrowawayServer, question: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(server.url);
  client.on('error', () => undefined);
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}
