import { Balancer } from './balancer/balancer.js';
import type { DemoOptions } from './cli/arguments.js';
import { assertPortFree } from './cli/port-check.js';
import { formatTable } from './cli/table.js';
import { DemoFailure } from './demo-failure.js';
import { Fleet } from './fleet/fleet.js';
import { Instance } from './fleet/instance.js';
import { untilReady } from './fleet/readiness.js';
import type { OpenedStore } from './stores/demo-store.js';
import { findStore } from './stores/stores.js';

type Step = () => Promise<void>;

/** Store, instances and balancer: started in this order, stopped in the opposite one. */
export class Demo {
  private readonly undo: Step[] = [];
  private ending = false;

  /** @param say told in one line each what the operator must know */
  constructor(
    private readonly options: DemoOptions,
    private readonly say: (line: string) => void,
  ) {}

  /** Resolves when everything answers, with what to show: a table of all addresses. Throws `DemoFailure`; `stop` is due then, too. */
  async start(): Promise<{ table: string; url: string }> {
    const { port, url } = this.options;
    const store = await findStore(this.options.store);
    await this.assertPortsFree();

    const opened = await store.open(url, this.names);
    await this.later(() => opened.close());
    if (opened.warning !== undefined) this.say(opened.warning);

    const fleet = new Fleet(this.names.map((name, index) => this.instance(name, port + 1 + index, opened)));
    await this.later(() => fleet.stop());
    await fleet.start();
    await untilReady(fleet.instances, opened.description);

    const balancer = new Balancer(fleet, port);
    await this.later(() => balancer.close());
    await balancer.listen();
    return { table: this.table(opened, balancer, fleet), url: balancer.url };
  }

  /** Ends everything that `start` has started so far, and keeps it from going on. */
  async stop(): Promise<void> {
    this.ending = true;
    for (const step of this.undo.splice(0).toReversed()) await step();
  }

  private get names(): string[] {
    return Array.from({ length: this.options.instances }, (_, index) => String.fromCharCode(65 + index));
  }

  private instance(name: string, port: number, store: OpenedStore): Instance {
    const { platform, idleMs, absoluteMs, secure } = this.options;
    const kind = { store: this.options.store, storeAddress: store.address };
    const instance = new Instance({ name, port, platform, ...kind, idleMs, absoluteMs, secure });
    instance.on('news', (line) => this.ending || this.say(line));
    return instance;
  }

  private async assertPortsFree(): Promise<void> {
    const { port } = this.options;
    await assertPortFree(port, 'the balancer');
    await Promise.all(this.names.map((name, index) => assertPortFree(port + 1 + index, `instance ${name}`)));
  }

  private async later(step: Step): Promise<void> {
    if (!this.ending) return void this.undo.push(step);
    await step();
    throw new DemoFailure('The demo was stopped while it started');
  }

  private table(store: OpenedStore, balancer: Balancer, fleet: Fleet): string {
    return formatTable([
      ['store', this.options.store, store.description],
      ['balancer', balancer.url],
      ...fleet.instances.map(({ view }) => [`instance ${view.name}`, view.url, `process ${view.pid}`]),
    ]);
  }
}
