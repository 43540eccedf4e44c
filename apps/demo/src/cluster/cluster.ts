import type { DemoOptions } from '../cli/arguments.js';
import { Fleet } from '../fleet/fleet.js';
import { Instance } from '../fleet/instance.js';
import { untilReady } from '../fleet/readiness.js';
import { FailingInstance } from '../lab/failing-instance.js';
import type { LabGuarantees, LabServer } from '../lab/lab.js';
import type { OpenedStore } from '../stores/demo-store.js';
import { findStore } from '../stores/stores.js';

/** One way of sharing sessions, and the instances over it. */
export class Cluster {
  readonly fleet: Fleet;
  readonly instances: readonly FailingInstance[];

  private constructor(
    readonly store: string,
    private readonly opened: OpenedStore,
    instances: readonly Instance[],
  ) {
    this.fleet = new Fleet(instances);
    this.instances = instances.map((instance) => new FailingInstance(instance));
  }

  /**
   * Makes the store ready; `start` brings the instances up. Throws `DemoFailure`.
   * @param url the store's address; undefined asks for a throw-away one
   * @param say told in one line each what the operator must know
   */
  static async open(
    store: string,
    url: string | undefined,
    options: DemoOptions,
    say: (line: string) => void,
  ): Promise<Cluster> {
    const opened = await (await findStore(store)).open(url, instanceNames(options));
    return Cluster.over(store, opened, options, say);
  }

  /**
   * The same over a store that is open already, and closed with it.
   * @param program what the instances run, when it is not the demo's own shop
   */
  static over(
    store: string,
    opened: OpenedStore,
    options: DemoOptions,
    say: (line: string) => void,
    program?: URL,
  ): Cluster {
    if (opened.warning !== undefined) say(opened.warning);
    const { platform, idleMs, absoluteMs, secure } = options;
    const same = { store, storeAddress: opened.address, platform, idleMs, absoluteMs, secure };
    const instances = instanceNames(options).map(
      (name, index) => new Instance({ ...same, name, port: portOf(options, index) }, program),
    );
    for (const instance of instances) instance.on('news', say);
    return new Cluster(store, opened, instances);
  }

  /** For people, without secrets. */
  get description(): string {
    return this.opened.description;
  }

  /** What the sessions promise; undefined before an instance has answered. */
  get guarantees(): LabGuarantees | undefined {
    return this.fleet.instances.find(({ guarantees }) => guarantees !== undefined)?.guarantees;
  }

  get servers(): readonly LabServer[] {
    return this.opened.servers;
  }

  /** Resolves when the store answers every instance. Throws `DemoFailure`; `stop` is due then, too. */
  async start(): Promise<void> {
    await this.fleet.start();
    await untilReady(this.fleet.instances, this.description);
  }

  /** Ends the instances. They can be started again. */
  async stop(): Promise<void> {
    await this.fleet.stop();
  }

  /** Ends everything, and removes what was made for the store. */
  async close(): Promise<void> {
    for (const instance of this.instances) instance.retire();
    await this.stop();
    await this.opened.close();
  }
}

/** A, B, C and so on. */
export function instanceNames({ instances }: DemoOptions): string[] {
  return Array.from({ length: instances }, (_, index) => String.fromCharCode(65 + index));
}

/** The ports after the balancer's. */
export function portOf({ port }: DemoOptions, index: number): number {
  return port + 1 + index;
}
