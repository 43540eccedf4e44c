import { startRedis, type ThrowawayServer } from 'throwaway-servers';
import type { Contender } from './contenders.js';
import type { Duration, LoadProtocol, LoadResult, Target } from './load/protocol.js';
import { MeasuredServer } from './measured-server.js';
import { ChildProcess } from './processes/child-process.js';
import { availableCores, type Cores, moveToCore } from './processes/cores.js';
import { CommandCounter } from './redis/command-counter.js';
import type { ServerProtocol } from './server/protocol.js';

/**
 * V8 collects garbage while a server has nothing to do, and throws compiled code away with it: a server that waited for its turn
 * for half a minute needs twice the CPU time for its next 3,000 requests. A server under load never sees that.
 */
const STAYS_WARM = ['--no-memory-reducer'];

/** Connections that send at the same time. */
export const CONNECTIONS = 20;

/** All processes of a run: the servers on one core; load and Redis on another, so that a server's CPU is its own. */
export class TestBed {
  readonly counter: CommandCounter;
  private readonly servers: ChildProcess<ServerProtocol>[] = [];

  private constructor(
    readonly cores: Cores,
    private readonly redis: ThrowawayServer,
    private readonly load: ChildProcess<LoadProtocol>,
  ) {
    this.counter = new CommandCounter(redis.url);
  }

  static async open(): Promise<TestBed> {
    const cores = availableCores();
    const redis = await startRedis();
    moveToCore(redis.pid, cores.others);
    const load = new ChildProcess<LoadProtocol>(new URL('load/main.js', import.meta.url), { core: cores.others });
    return new TestBed(cores, redis, load);
  }

  /** A fresh process of a contender. */
  startServer(contender: Contender): Promise<MeasuredServer> {
    const server = new ChildProcess<ServerProtocol>(new URL('server/main.js', import.meta.url), {
      args: [contender.id, this.redis.url],
      nodeOptions: STAYS_WARM,
      // It warns of the defaults that its default form uses.
      env: { NO_DEPRECATION: 'express-session' },
      core: this.cores.server,
    });
    this.servers.push(server);
    return MeasuredServer.start(contender, server, CONNECTIONS);
  }

  async stopServers(): Promise<void> {
    await Promise.all(this.servers.splice(0).map((server) => server.stop()));
  }

  /** Opens the connections, does the work with them, closes them. */
  async connected<T>(
    target: Target,
    work: (drive: (duration: Duration) => Promise<LoadResult>) => Promise<T>,
  ): Promise<T> {
    await this.load.ask('open', target);
    try {
      return await work((duration) => this.load.ask('drive', duration));
    } finally {
      await this.load.ask('close', undefined);
    }
  }

  async close(): Promise<void> {
    this.counter.close();
    await Promise.all([this.stopServers(), this.load.stop()]);
    await this.redis.stop();
  }
}
