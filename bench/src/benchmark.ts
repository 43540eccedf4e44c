import type { BenchOptions } from './arguments.js';
import { type Contender, type Platform, PLATFORMS, type Route, ROUTES, type Way, WAYS } from './contenders.js';
import type { MeasuredServer } from './measured-server.js';
import { Measurements, type Sample } from './measurement.js';
import { type CommandCount, shuffled } from 'measuring';
import type { TestBed } from './test-bed.js';

/** Before each measurement, not counted: connections, caches, and what the neighbour left. */
const SETTLE_MS = 100;
/** To each of the three routes of a fresh server: V8 has compiled what is hot in Express after some 10,000 requests. */
const WARM_UP_REQUESTS = 4_000;
const COUNTED_REQUESTS = 200;

/** What is gathered about one contender on one route. */
interface Gathered {
  readonly contender: Contender;
  readonly route: Route;
  readonly samples: Sample[];
  commands: CommandCount;
}

type Servers = ReadonlyMap<Contender, MeasuredServer>;

/**
 * Measures side by side what is compared: the contenders of one platform and way on one route. In each round every one of them is measured
 * once, in a random order, so that what disturbs the machine disturbs them alike. The servers are started afresh for every
 * generation: two processes of the same program differ by what V8 happened to decide.
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
    for (let generation = 1; generation <= this.options.generations; generation += 1) {
      for (const platform of PLATFORMS) for (const way of WAYS) await this.runGroup(platform, way, generation);
    }
    return new Measurements(this.gathered);
  }

  private async runGroup(platform: Platform, way: Way, generation: number): Promise<void> {
    const here = this.gathered.filter(({ contender }) => contender.platform === platform && contender.way === way);
    if (here.length === 0) return;
    const title = `set ${generation} of ${this.options.generations}, ${platform} over ${way}`;
    this.progress(`${title}: starting and warming up`);
    const servers = await this.startServers(here);
    if (generation === 1) await this.countCommands(servers, here);
    for (const route of this.options.routes) {
      const compared = here.filter((each) => each.route === route);
      this.progress(`${title}: ${route}`);
      await this.measureRounds(servers, compared, generation);
    }
    await this.bed.stopServers();
  }

  private async startServers(gathered: readonly Gathered[]): Promise<Servers> {
    const servers = new Map<Contender, MeasuredServer>();
    for (const contender of new Set(gathered.map((each) => each.contender))) {
      const server = await this.bed.startServer(contender);
      servers.set(contender, server);
      await this.warmUp(server);
    }
    return servers;
  }

  /** All routes, also those that are not measured: every process must have had the same work. */
  private async warmUp(server: MeasuredServer): Promise<void> {
    for (const route of ROUTES) {
      await this.bed.connected(server.target(route), (drive) => drive({ requests: WARM_UP_REQUESTS }));
    }
  }

  private async countCommands(servers: Servers, gathered: readonly Gathered[]): Promise<void> {
    for (const each of gathered) {
      each.commands = await this.bed.connected(serverOf(servers, each.contender).target(each.route), (drive) =>
        this.bed
          .store(each.contender.way)
          .counter.during(COUNTED_REQUESTS, () => drive({ requests: COUNTED_REQUESTS })),
      );
    }
  }

  /** One round more than counts: the first one after other work warms up. */
  private async measureRounds(servers: Servers, compared: readonly Gathered[], generation: number): Promise<void> {
    for (let round = 0; round <= this.roundsIn(generation); round += 1) {
      for (const { contender, route, samples } of shuffled(compared)) {
        const sample = await this.measure(serverOf(servers, contender), route);
        if (round > 0) samples.push({ generation, ...sample });
      }
    }
  }

  /** The rounds are spread over the generations. */
  private roundsIn(generation: number): number {
    const { rounds, generations } = this.options;
    return Math.round((rounds * generation) / generations) - Math.round((rounds * (generation - 1)) / generations);
  }

  private measure(server: MeasuredServer, route: Route): Promise<Omit<Sample, 'generation'>> {
    return this.bed.connected(server.target(route), async (drive) => {
      await drive({ ms: SETTLE_MS });
      const before = await server.cpuTime();
      const {
        requests,
        elapsed,
        cpuTime,
        mean: _mean,
        ...latencies
      } = await drive({ ms: this.options.seconds * 1_000 });
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

function serverOf(servers: Servers, contender: Contender): MeasuredServer {
  const server = servers.get(contender);
  if (server === undefined) throw new Error(`${contender.id} was not started`);
  return server;
}
