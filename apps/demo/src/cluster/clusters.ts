import type { Rotation, Upstream } from '../balancer/rotation.js';
import type { DemoOptions } from '../cli/arguments.js';
import { DemoFailure } from '../demo-failure.js';
import type { Instance } from '../fleet/instance.js';
import { Refusal } from '../refusal.js';
import { STORE_NAMES } from '../stores/stores.js';
import { Cluster } from './cluster.js';

/** The cluster that runs, and its replacement by one over another store. Names and ports stay. */
export class Clusters implements Rotation {
  private readonly opened = new Set<Cluster>();
  private running: Cluster | undefined;
  private switching: Promise<void> | undefined;
  private target: string | undefined;
  private ending = false;

  /** @param say told in one line each what the operator must know */
  constructor(
    private readonly options: DemoOptions,
    private readonly say: (line: string) => void,
  ) {}

  /** The cluster whose instances answer. Throws before `start` has opened one. */
  get current(): Cluster {
    if (this.running === undefined) throw new Error('There is no cluster yet');
    return this.running;
  }

  /** The store that it is being switched to. */
  get switchingTo(): string | undefined {
    return this.target;
  }

  next(except: ReadonlySet<Upstream>): Instance | undefined {
    return this.current.fleet.next(except);
  }

  /** Starts the first one. Throws `DemoFailure`. */
  async start(): Promise<void> {
    this.running = await this.open(this.options.store);
    await this.running.start();
  }

  /**
   * Ends the instances and starts them over another store, or anew over the same one. When that fails, those before run again.
   * @throws Refusal when there is no such store, or while it is switched
   * @throws DemoFailure when the other store does not come up
   */
  async switchTo(store: string): Promise<void> {
    if (!STORE_NAMES.includes(store)) throw new Refusal(400, `The store is one of ${STORE_NAMES.join(', ')}`);
    if (this.target !== undefined) throw new Refusal(409, `The store is being switched to ${this.target}`);
    this.target = store;
    try {
      this.switching = this.replaceBy(store);
      await this.switching;
    } finally {
      this.target = undefined;
    }
  }

  /** Ends everything that was started, also in the middle of a switch. */
  async close(): Promise<void> {
    this.ending = true;
    await this.closeAll();
    await this.switching?.catch(() => undefined);
    await this.closeAll();
  }

  private async replaceBy(store: string): Promise<void> {
    const next = await this.open(store);
    const before = this.current;
    await before.stop();
    try {
      this.assertGoingOn();
      this.running = next;
      await next.start();
    } catch (error) {
      await this.discard(next);
      this.running = before;
      this.assertGoingOn();
      await before.start();
      throw error;
    }
    await this.discard(before);
  }

  private async open(store: string): Promise<Cluster> {
    // What was given as --url is the address of the store that was given with it.
    const url = store === this.options.store ? this.options.url : undefined;
    const cluster = await Cluster.open(store, url, this.options, (line) => this.ending || this.say(line));
    this.opened.add(cluster);
    if (this.ending) await this.discard(cluster);
    this.assertGoingOn();
    return cluster;
  }

  private async discard(cluster: Cluster): Promise<void> {
    this.opened.delete(cluster);
    await cluster.close();
  }

  private async closeAll(): Promise<void> {
    await Promise.all([...this.opened].map((cluster) => this.discard(cluster)));
  }

  private assertGoingOn(): void {
    if (this.ending) throw new DemoFailure('The demo was stopped while it started');
  }
}
