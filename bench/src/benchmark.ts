import type { BenchOptions } from './arguments.js';
import { type Contender, PLATFORMS, type Platform, type Route, ROUTES } from './contenders.js';
import type { MeasuredServer } from './measured-server.js';
import { type Cell, Measurements, type Sample } from './measurement.js';
import type { CommandCount } from './redis/command-counter.js';
import { shuffled } from './statistics.js';
import type { TestBed } from './test-bed.js';

/** Before each measurement, not counted: connections, caches, and what the neighbour left. */
const SETTLE_MS = 100;
const COUNTED_REQUESTS = 200;

/** What is gathered about one contender on one route. */
interface Gathered {
  readonly contender: Contender;
  readonly route: Route;
  readonly samples: Sample[];
  commands: CommandCount;
}

/**
 * Measures all contenders side by side. In each round every one of them is measured once on each route, those that are
 * compared right after one another in a random order, so that what disturbs the machine disturbs them alike. The servers are started
 * afresh for every generation: two processes of the same program differ by what V8 happened to decide.
 */
export class Benchmark {
  private readonly gathered: Gathered[];

  constructor(
    private readonly bed: TestBed,
    private readonly options: BenchOptions,
    private readonly progress: (text: string) => void,
  ) {
    this.gathered = options.contenders.flatMap((contender) =>
      options.routes
        .filter((route) => contender.routes.includes(route))
        .map((route) => ({ contender, route, samples: [], commands: { sent: {}, insideScripts: {}, agrees: true } })),
    );
  }

  async run(): Promise<Measurements> {
    const { rounds, generations } = this.options;
    for (let generation = 0; generation < generations; generation += 1) {
      this.progress(`generation ${generation + 1} of ${generations}: starting and warming up`);
      const servers = await this.startServers();
      await this.warmUp(servers);
      if (generation === 0) await this.countCommands(servers);
      const last = Math.round((rounds * (generation + 1)) / generations);
      for (let round = Math.round((rounds * generation) / generations); round < last; round += 1) {
        this.progress(`round ${round + 1} of ${rounds}`);
        await this.measureRound(servers);
      }
      await this.bed.stopServers();
    }
    return new Measurements(this.gathered satisfies Cell[]);
  }

  private async startServers(): Promise<ReadonlyMap<Contender, MeasuredServer>> {
    const servers = new Map<Contender, MeasuredServer>();
    for (const contender of new Set(this.gathered.map((each) => each.contender))) {
      servers.set(contender, await this.bed.startServer(contender));
    }
    return servers;
  }

  /** All routes of all servers, also those that are not measured: every process must have had the same work. */
  private async warmUp(servers: ReadonlyMap<Contender, MeasuredServer>): Promise<void> {
    for (const server of servers.values()) {
      for (const route of ROUTES) {
        await this.bed.connected(server.target(route), (drive) => drive({ requests: this.options.warmUpRequests }));
      }
    }
  }

  private async countCommands(servers: ReadonlyMap<Contender, MeasuredServer>): Promise<void> {
    for (const each of this.gathered) {
      each.commands = await this.bed.connected(serverOf(servers, each.contender).target(each.route), (drive) =>
        this.bed.counter.during(COUNTED_REQUESTS, () => drive({ requests: COUNTED_REQUESTS })),
      );
    }
  }

  private async measureRound(servers: ReadonlyMap<Contender, MeasuredServer>): Promise<void> {
    for (const platform of PLATFORMS) {
      for (const route of this.options.routes) {
        for (const each of shuffled(this.compared(platform, route))) {
          each.samples.push(await this.measure(serverOf(servers, each.contender), route));
        }
      }
    }
  }

  private compared(platform: Platform, route: Route): Gathered[] {
    return this.gathered.filter((each) => each.contender.platform === platform && each.route === route);
  }

  private measure(server: MeasuredServer, route: Route): Promise<Sample> {
    return this.bed.connected(server.target(route), async (drive) => {
      await drive({ ms: SETTLE_MS });
      const before = await server.cpuTime();
      const { requests, elapsed, cpuTime, ...latencies } = await drive({ ms: this.options.seconds * 1_000 });
      const cpu = (await server.cpuTime()) - before;
      return {
        requestsPerSecond: requests / (elapsed / 1_000),
        cpu: cpu / requests,
        serverBusy: cpu / 1_000 / elapsed,
        loadBusy: cpuTime / 1_000 / elapsed,
        ...latencies,
      };
    });
  }
}

function serverOf(servers: ReadonlyMap<Contender, MeasuredServer>, contender: Contender): MeasuredServer {
  const server = servers.get(contender);
  if (server === undefined) throw new Error(`${contender.id} was not started`);
  return server;
}
