import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import {
  Cluster,
  type DemoOptions,
  findStore,
  Forwarder,
  freePorts,
  instanceNames,
  type Lab,
  type LabGuarantees,
  type LabInstance,
  type LabServer,
  LOOPBACK,
  type OpenedStore,
} from 'shared-session-demo/lab';
import type { PeerAddress } from './peers/peer-address.js';
import type { Way } from './ways.js';

const PEER_PROGRAM = new URL('peers/main.js', import.meta.url);
const DAY_MS = 86_400_000;

/** A cluster of the shop over one way, with its balancer: what experiments run against. */
export class RunningLab implements Lab {
  readonly store: string;
  readonly guarantees: LabGuarantees | undefined;
  readonly url: string;
  readonly instances: readonly LabInstance[];
  readonly servers: readonly LabServer[];

  private constructor(
    private readonly cluster: Cluster,
    /** Of the store. May hold secrets. */
    readonly address: string,
    private readonly balancer: Server,
    port: number,
  ) {
    this.store = cluster.store;
    this.guarantees = cluster.fleet.instances.find(({ guarantees }) => guarantees !== undefined)?.guarantees;
    this.url = `http://${LOOPBACK}:${port}`;
    this.instances = cluster.instances;
    this.servers = cluster.servers;
  }

  /**
   * Starts store, instances and balancer; whatever fails, nothing stays behind. Throws `DemoFailure`.
   * @param atLeast instances; as many as the way needs where that is more
   * @param given the address of a store that runs, or one that is open and is closed with this; without it a throw-away one is
   * started, behind a proxy that can slow it down
   */
  static async start(way: Way, atLeast: number, given?: string | OpenedStore): Promise<RunningLab> {
    const instances = Math.max(atLeast, way.leastInstances ?? 1);
    const port = await freePorts(instances + 1);
    const options: DemoOptions = {
      store: way.store ?? way.name,
      url: typeof given === 'string' ? given : undefined,
      instances,
      port,
      platform: way.platform ?? 'fastify',
      idleMs: DAY_MS / 2,
      absoluteMs: DAY_MS,
      secure: false,
    };
    const opened = typeof given === 'object' ? given : await open(way, options);
    const program = way.kind === 'peer' ? PEER_PROGRAM : undefined;
    const cluster = Cluster.over(options.store, opened, options, ignore, program);
    try {
      await cluster.start();
      return new RunningLab(cluster, opened.address, await balancerOf(cluster, port), port);
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** The process of the first instance. */
  get pid(): number {
    return this.cluster.instances[0]?.pid ?? 0;
  }

  /** Ends everything that was started. */
  async close(): Promise<void> {
    this.balancer.closeAllConnections();
    this.balancer.close();
    await this.cluster.close();
  }
}

/** What is killed on purpose says so, and nobody wants to read it. */
function ignore(): void {}

function open({ open: own, kind }: Way, options: DemoOptions): Promise<OpenedStore> {
  if (own !== undefined) return own();
  return kind === 'peer' ? openPeer(options) : openOwn(options);
}

async function openOwn(options: DemoOptions): Promise<OpenedStore> {
  return (await findStore(options.store)).open(options.url, instanceNames(options));
}

/** The same Redis as our own way has. */
async function openPeer(options: DemoOptions): Promise<OpenedStore> {
  const redis = await openOwn({ ...options, store: 'redis' });
  const address: PeerAddress = { redis: redis.address, secret: randomBytes(32).toString('base64') };
  return { ...redis, address: JSON.stringify(address) };
}

async function balancerOf({ fleet }: Cluster, port: number): Promise<Server> {
  const forwarder = new Forwarder(fleet);
  const server = createServer((request, response) => void forwarder.forward(request, response));
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return server;
}
