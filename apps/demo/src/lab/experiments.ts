import type { Experiment } from './experiment.js';
import { JUMP } from './experiments/jump.js';
import { NO_SHARING } from './experiments/no-sharing.js';
import { TWO_TABS } from './experiments/two-tabs.js';

/** Everything that can be tried, in the order in which the page shows it. */
export const EXPERIMENTS: readonly Experiment[] = [NO_SHARING, JUMP, TWO_TABS];
