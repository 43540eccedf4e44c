import type { Clusters } from '../cluster/clusters.js';
import { STORE_NAMES } from '../stores/stores.js';
import type { ExperimentRunner } from './experiment-runner.js';
import type { FailingInstance } from './failing-instance.js';
import type { Failing, LabServer } from './lab.js';
import type { FailingView, LabView } from './protocol.js';

/** Everything that the lab page shows, as it is now. */
export function viewOf(clusters: Clusters, experiments: ExperimentRunner): LabView {
  const { store, description, guarantees, instances, servers } = clusters.current;
  return {
    store,
    description,
    guarantees,
    stores: STORE_NAMES,
    instances: instances.map(viewOfInstance),
    servers: servers.map(viewOfServer),
    experiments: experiments.views,
    running: experiments.running,
    switchingTo: clusters.switchingTo,
    results: experiments.results,
  };
}

/** An instance as `LabView` has it. */
export function viewOfInstance(instance: FailingInstance): LabView['instances'][number] {
  return { ...viewOfFailing(instance), url: instance.url, pid: instance.pid };
}

/** A server as `LabView` has it. */
export function viewOfServer(server: LabServer): LabView['servers'][number] {
  return { ...viewOfFailing(server), kind: server.kind };
}

function viewOfFailing({ name, state, cannot }: Failing): FailingView {
  return { name, state, ...(cannot !== undefined && { cannot }) };
}
