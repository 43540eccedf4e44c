import type { ClaimId } from './claims.js';
import type { Lab } from './lab.js';
import type { Outcome } from './outcome.js';

/**
 * Something that is tried with a cluster that runs, and what it shows. A new one is a file in `experiments/` and a line in
 * `experiments.ts`: the page makes a button of it, the report a row.
 */
export interface Experiment {
  /** In addresses and on command lines, such as `two-tabs`. */
  readonly name: string;
  readonly title: string;
  /** Two sentences: what is done, and what one should see. */
  readonly explanation: string;
  /** The claims of the article that it is about, such as `S2`. */
  readonly claims: readonly ClaimId[];
  /** Why this cannot be tried with that cluster, in one sentence, such as that there is no server to kill; undefined when it can. */
  impossible?(lab: Lab): string | undefined;
  /**
   * Brings everything up before it begins, and leaves it so, also when it fails or is told to end.
   * @param choice how thoroughly: `quick` for somebody who waits before the page (at most 10 s), `thorough` for a report
   * @throws whatever went wrong with the trial itself; what the sessions did wrong is an outcome
   */
  run(lab: Lab, choice: RunChoice): Promise<Outcome>;
}

/** How an experiment is run. */
export interface RunChoice {
  readonly pace: 'quick' | 'thorough';
  /** Told how far it is, from 0 to 1, and what is done now. */
  readonly progress: (done: number, text: string) => void;
  readonly signal: AbortSignal;
}
