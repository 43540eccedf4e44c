import { Redis } from 'ioredis';
import { freePort, startRedis, type ThrowawayServer } from 'throwaway-servers';
import { until } from './until.js';

const MASTERS = 3;
const NODES = 6;
const SLOTS = 16_384;
const HOST = '127.0.0.1';

interface Node {
  readonly server: ThrowawayServer;
  readonly admin: Redis;
  readonly busPort: number;
  readonly id: string;
}

/** How far slots have moved. Until the slots themselves have, clients are asked to look elsewhere. */
export type MoveState = 'announced' | 'keys moved' | 'slots moved';

/** A Redis Cluster of three masters with a replica each. */
export class RedisCluster {
  private constructor(private readonly nodes: readonly Node[]) {}

  static async start(nodeTimeoutMs: number): Promise<RedisCluster> {
    const cluster = new RedisCluster(await Promise.all(Array.from({ length: NODES }, () => startNode(nodeTimeoutMs))));
    await cluster.join();
    return cluster;
  }

  /** As `redisSessions` takes it. */
  get address(): { cluster: { host: string; port: number }[] } {
    return { cluster: this.nodes.map(({ server }) => ({ host: HOST, port: server.port })) };
  }

  /** The server of the first master. */
  get firstMaster(): ThrowawayServer {
    return this.nodes[0]!.server;
  }

  /** The slots of the first master that hold something. */
  async slotsWithKeys(): Promise<number[]> {
    const { admin } = this.nodes[0]!;
    return Promise.all((await admin.keys('*')).map((key) => admin.cluster('KEYSLOT', key)));
  }

  /**
   * Moves slots from the first master to the second as `redis-cli --cluster reshard` does, but all at the same time, so that there is time for requests
   * in every state: slots announced, keys moved, slots moved.
   */
  async move(slots: readonly number[], between: (state: MoveState) => Promise<unknown>): Promise<void> {
    const [source, target, ...others] = this.nodes.slice(0, MASTERS) as [Node, Node, Node];
    // One after the other: a node saves its configuration for each, and serves others in between.
    for (const slot of slots) {
      await target.admin.cluster('SETSLOT', slot, 'IMPORTING', source.id);
      await source.admin.cluster('SETSLOT', slot, 'MIGRATING', target.id);
    }
    await between('announced');
    for (const slot of slots) {
      const keys = await source.admin.cluster('GETKEYSINSLOT', slot, 1_000);
      for (const key of keys) await source.admin.migrate(HOST, target.server.port, key, 0, 5_000);
    }
    await between('keys moved');
    for (const slot of slots) {
      for (const { admin } of [target, source, ...others]) await admin.cluster('SETSLOT', slot, 'NODE', target.id);
    }
    await between('slots moved');
  }

  /** How often the nodes have answered with an error of this name. */
  async errors(name: 'MOVED' | 'ASK'): Promise<number> {
    const stats = await Promise.all(this.nodes.map(({ admin }) => admin.info('errorstats')));
    return stats.reduce(
      (sum, text) => sum + Number(new RegExp(`errorstat_${name}:count=(\\d+)`).exec(text)?.[1] ?? 0),
      0,
    );
  }

  async stop(): Promise<void> {
    for (const { admin } of this.nodes) admin.disconnect();
    await Promise.all(this.nodes.map(({ server }) => server.stop()));
  }

  private async join(): Promise<void> {
    const [first, ...others] = this.nodes as [Node, ...Node[]];
    for (const { server, busPort } of others) await first.admin.cluster('MEET', HOST, server.port, busPort);
    await this.each(({ admin }) => admin.cluster('INFO'), `cluster_known_nodes:${NODES}`);
    for (const [nth, { admin }] of this.nodes.slice(0, MASTERS).entries()) {
      const firstSlot = Math.ceil((nth * SLOTS) / MASTERS);
      await admin.cluster('ADDSLOTSRANGE', firstSlot, Math.ceil(((nth + 1) * SLOTS) / MASTERS) - 1);
    }
    const replicas = this.nodes.slice(MASTERS);
    for (const [nth, { admin }] of replicas.entries()) await admin.cluster('REPLICATE', this.nodes[nth]!.id);
    await this.each(({ admin }) => admin.cluster('INFO'), 'cluster_state:ok');
    await this.each(({ admin }) => admin.info('replication'), 'master_link_status:up', replicas);
  }

  private async each(ask: (node: Node) => Promise<unknown>, answer: string, nodes = this.nodes): Promise<void> {
    const says = async (node: Node): Promise<boolean> => String(await ask(node)).includes(answer);
    for (const node of nodes) await until(`a node says ${answer}`, () => says(node));
  }
}

async function startNode(timeoutMs: number): Promise<Node> {
  const busPort = await freePort();
  const options = {
    'cluster-enabled': 'yes',
    'cluster-port': String(busPort),
    'cluster-announce-ip': HOST,
    'cluster-node-timeout': String(timeoutMs),
    'repl-diskless-sync-delay': '0',
  };
  const server = await startRedis({ args: Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]) });
  const admin = new Redis(server.url);
  admin.on('error', () => undefined);
  return { server, admin, busPort, id: await admin.cluster('MYID') };
}
