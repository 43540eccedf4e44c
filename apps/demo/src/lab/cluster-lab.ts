import type { Clusters } from '../cluster/clusters.js';
import type { Lab, LabGuarantees, LabInstance, LabServer } from './lab.js';

/** The demo as experiments see it: the cluster that ran when this was made. */
export class ClusterLab implements Lab {
  readonly store: string;
  readonly guarantees: LabGuarantees | undefined;
  readonly instances: readonly LabInstance[];
  readonly servers: readonly LabServer[];

  constructor(
    { current }: Clusters,
    readonly url: string,
  ) {
    this.store = current.store;
    this.guarantees = current.guarantees;
    this.instances = current.instances;
    this.servers = current.servers;
  }
}
