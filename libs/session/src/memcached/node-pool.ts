import type { RepositoryListener } from '../contracts/repository-events.js';
import { EvictionWatch } from './eviction-watch.js';
import type { MemcachedSettings } from './memcached-session.options.js';
import { PoolNode } from './pool-node.js';
import { rendezvous } from './rendezvous.js';

/** All nodes, and which of them a session is on. A node that is down is never replaced by another: see `PoolNode`. */
export class NodePool {
  readonly nodes: readonly PoolNode[];
  readonly #choose: (digest: string) => number;
  readonly #evictions: EvictionWatch;
  #listener: RepositoryListener | undefined;

  constructor({ nodes, credentials, timeoutMs, evictionsEveryMs }: MemcachedSettings) {
    this.nodes = nodes.map((address) => new PoolNode(address, credentials, timeoutMs, this.#tell));
    this.#choose = rendezvous(this.nodes.map(({ name }) => name));
    this.#evictions = new EvictionWatch(this.nodes, evictionsEveryMs);
  }

  /** The one node for a session. @param digest of its id, 64 hex digits */
  nodeOf(digest: string): PoolNode {
    return this.nodes[this.#choose(digest)]!;
  }

  /** Whether there is a living node, so that a new session could be had under another id. */
  get hasLivingNode(): boolean {
    return this.nodes.some(({ isAlive }) => isAlive);
  }

  reportTo(listener: RepositoryListener): void {
    this.#listener = listener;
    for (const { name, isAlive } of this.nodes) if (!isAlive) this.#tell(name, 'not reachable');
    this.#evictions.start((count) => listener('sessionsEvicted', { count }));
  }

  /** Connects to all nodes. Those that do not answer are waited for no longer than one command's deadline. */
  async open(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.open()));
  }

  close(): void {
    this.#evictions.stop();
    for (const node of this.nodes) node.close();
  }

  readonly #tell = (place: string, lostBecause?: string): void => {
    if (lostBecause === undefined) this.#listener?.('placeAvailable', { place });
    else this.#listener?.('placeUnavailable', { place, reason: lostBecause });
  };
}
