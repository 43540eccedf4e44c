import { Balancer } from './balancer/balancer.js';
import type { DemoOptions } from './cli/arguments.js';
import { assertPortFree } from './cli/port-check.js';
import { formatTable } from './cli/table.js';
import { instanceNames, portOf } from './cluster/cluster.js';
import { Clusters } from './cluster/clusters.js';
import { DemoFailure } from './demo-failure.js';
import { ClusterLab } from './lab/cluster-lab.js';
import type { Lab } from './lab/lab.js';
import { ExperimentRunner } from './lab/experiment-runner.js';
import { findStore } from './stores/stores.js';

type Step = () => Promise<void>;

/** Store, instances, balancer and laboratory: started in this order, stopped in the opposite one. */
export class Demo {
  private readonly undo: Step[] = [];
  private readonly clusters: Clusters;
  private ending = false;

  /** @param say told in one line each what the operator must know */
  constructor(
    private readonly options: DemoOptions,
    private readonly say: (line: string) => void,
  ) {
    this.clusters = new Clusters(options, (line) => this.ending || this.say(line));
  }

  /** The cluster that runs, for experiments. */
  get lab(): Lab {
    return new ClusterLab(this.clusters, this.url);
  }

  /** Resolves when everything answers, with what to show: a table of all addresses. Throws `DemoFailure`; `stop` is due then, too. */
  async start(): Promise<{ table: string; url: string }> {
    await findStore(this.options.store);
    await this.assertPortsFree();

    await this.later(() => this.clusters.close());
    await this.clusters.start();

    const runner = new ExperimentRunner(() => this.lab);
    const balancer = new Balancer(this.clusters, runner, this.options.port);
    await this.later(() => balancer.close());
    await balancer.listen();
    await this.later(() => runner.close());
    return { table: this.table(), url: this.url };
  }

  /** Ends everything that `start` has started so far, and keeps it from going on. */
  async stop(): Promise<void> {
    this.ending = true;
    for (const step of this.undo.splice(0).toReversed()) await step();
  }

  private get url(): string {
    return Balancer.urlOf(this.options.port);
  }

  private async assertPortsFree(): Promise<void> {
    await assertPortFree(this.options.port, 'the balancer');
    const names = instanceNames(this.options);
    await Promise.all(names.map((name, index) => assertPortFree(portOf(this.options, index), `instance ${name}`)));
  }

  private async later(step: Step): Promise<void> {
    if (!this.ending) return void this.undo.push(step);
    await step();
    throw new DemoFailure('The demo was stopped while it started');
  }

  private table(): string {
    const { store, description, instances } = this.clusters.current;
    return formatTable([
      ['store', store, description],
      ['balancer', this.url],
      ...instances.map(({ name, url, pid }) => [`instance ${name}`, url, `process ${pid}`]),
    ]);
  }
}
