import type { PoolNode } from './pool-node.js';

interface Reading {
  /** Of the server's process: another one counts from zero. */
  readonly pid: string | undefined;
  readonly evictions: number;
}

/**
 * Counts what the nodes threw out to make room, from their own figures. Evictions from before the first look at a node are not
 * counted, nor those between the last look and the death of a node.
 */
export class EvictionWatch {
  readonly #last = new Map<PoolNode, Reading>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly nodes: readonly PoolNode[],
    private readonly everyMs: number,
  ) {}

  /** Looks now and then; the process need not stay alive for it. @param tell of each number above zero */
  start(tell: (count: number) => void): void {
    const look = async (): Promise<void> => {
      const counts = await Promise.all(this.nodes.map((node) => this.#newEvictions(node)));
      const count = counts.reduce((sum, one) => sum + one, 0);
      if (this.#timer !== undefined && count > 0) tell(count);
    };
    this.stop();
    this.#timer = setInterval(() => void look(), this.everyMs).unref();
    void look();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #newEvictions(node: PoolNode): Promise<number> {
    if (!node.isAlive) return 0;
    const figures = await node.figures().catch(() => undefined);
    const evictions = Number(figures?.get('evictions'));
    if (!Number.isSafeInteger(evictions)) return 0;
    const last = this.#last.get(node);
    const pid = figures?.get('pid');
    this.#last.set(node, { pid, evictions });
    if (last === undefined) return 0;
    return last.pid === pid && evictions >= last.evictions ? evictions - last.evictions : evictions;
  }
}
