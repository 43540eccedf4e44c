import type { Contender, Way } from './contenders.js';
import { availableCores, ChildProcess, type Cores, type Drive, LoadGenerator, type Target } from 'measuring';
import { MeasuredServer } from './measured-server.js';
import type { ServerProtocol } from './server/protocol.js';
import { openStore, type Store } from './stores.js';

/**
 * V8 collects garbage while a server has nothing to do, and throws compiled code away with it: a server that waited for its turn
 * for half a minute needs twice the CPU time for its next 3,000 requests. A server under load never sees that.
 */
const STAYS_WARM = ['--no-memory-reducer'];

/** Connections that send at the same time. */
export const CONNECTIONS = 20;

/** All processes of a run: the servers on one core; load and stores on another, so that a server's CPU is its own. */
export class TestBed {
  private readonly servers: ChildProcess<ServerProtocol>[] = [];

  private constructor(
    readonly cores: Cores,
    private readonly stores: ReadonlyMap<Way, Store>,
    private readonly load: LoadGenerator,
  ) {}

  /** With a store for every way that the contenders use. */
  static async open(contenders: readonly Contender[]): Promise<TestBed> {
    const cores = availableCores();
    const stores = new Map<Way, Store>();
    for (const way of new Set(contenders.map((contender) => contender.way))) {
      stores.set(way, await openStore(way, cores.others));
    }
    return new TestBed(cores, stores, new LoadGenerator(cores.others));
  }

  /** Where contenders of a way keep their sessions. */
  store(way: Way): Store {
    const store = this.stores.get(way);
    if (store === undefined) throw new Error(`nobody opened a store for ${way}`);
    return store;
  }

  /** A fresh process of a contender. */
  startServer(contender: Contender): Promise<MeasuredServer> {
    const server = new ChildProcess<ServerProtocol>(new URL('server/main.js', import.meta.url), {
      args: [contender.id, this.store(contender.way).url],
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
  connected<T>(target: Target, work: (drive: Drive) => Promise<T>): Promise<T> {
    return this.load.connected(target, work);
  }

  async close(): Promise<void> {
    await Promise.all([this.stopServers(), this.load.stop()]);
    await Promise.all([...this.stores.values()].map((store) => store.stop()));
  }
}
