import type { LabGuarantees, LabState } from './lab.js';
import type { Outcome } from './outcome.js';

/**
 * What the balancer tells the lab page, all under `/__demo`:
 *
 * - `GET /lab` answers a `LabView`.
 * - `POST /instances/:name/stop|start|kill|freeze|slow|resume` and `POST /servers/:name/kill|freeze|slow|resume` answer the
 *   instance or server as in `LabView` when it has happened. `slow` is for 300 ms; `resume` brings back from anything.
 * - `POST /store` with `{ "store": name }` restarts the cluster on it; answers a `LabView` when everything answers again.
 * - `POST /experiments/:name/run` begins it, answers 202; 409 when one runs already, or the reason why it is impossible.
 *   `POST /experiments/stop` ends what runs; 202.
 * - `GET /events` is a stream of server-sent events, named as the members of `LabEvents`.
 *
 * Errors are `{ statusCode, error, message }`.
 */
export interface LabView {
  readonly store: string;
  /** For people, without secrets. */
  readonly description: string;
  /** What the sessions promise; absent before an instance has answered. */
  readonly guarantees?: LabGuarantees | undefined;
  /** Every store that can be switched to. */
  readonly stores: readonly string[];
  readonly instances: readonly (FailingView & { readonly url: string; readonly pid: number | null })[];
  readonly servers: readonly (FailingView & { readonly kind: string })[];
  readonly experiments: readonly ExperimentView[];
  /** The experiment that runs. */
  readonly running: string | undefined;
  /** The store that it is being switched to. */
  readonly switchingTo: string | undefined;
  /** The last outcome of each experiment on each store, since the demo was started. */
  readonly results: readonly ExperimentResult[];
}

/** Something that can be made to fail, as it is now. */
export interface FailingView {
  readonly name: string;
  readonly state: LabState;
  /** As in `Failing`. */
  readonly cannot?: readonly ('freeze' | 'slow')[];
}

/** An experiment as the page offers it. */
export interface ExperimentView {
  readonly name: string;
  readonly title: string;
  readonly explanation: string;
  /** The claims of the article that it is about. */
  readonly claims: readonly { readonly id: string; readonly statement: string }[];
  /** Why it cannot be run now. */
  readonly impossible: string | undefined;
}

/** How the last run of an experiment on a store ended. */
export interface ExperimentResult {
  readonly experiment: string;
  readonly store: string;
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly outcome: Outcome | undefined;
  /** Why there is no outcome. */
  readonly failure: string | undefined;
}

/** The data of each server-sent event, by its name. */
export interface LabEvents {
  /** Whenever something in it has changed; also first of all. */
  readonly view: LabView;
  /** Requests that have passed the balancer, a few times a second, never more than 50 in one event. */
  readonly requests: readonly PassedRequest[];
  readonly progress: { readonly experiment: string; readonly done: number; readonly text: string };
  readonly result: ExperimentResult;
}

/** A request that has passed the balancer. */
export interface PassedRequest {
  readonly instance: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
}
