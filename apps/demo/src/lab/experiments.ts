import type { Experiment } from './experiment.js';
import { CLIENT_WITHOUT_COOKIES } from './experiments/client-without-cookies.js';
import { FILL } from './experiments/fill.js';
import { FORGED_COOKIE } from './experiments/forged-cookie.js';
import { INSTANCE_KILLED } from './experiments/instance-killed.js';
import { JUMP } from './experiments/jump.js';
import { LOGOUT_RACE } from './experiments/logout-race.js';
import { NO_SHARING } from './experiments/no-sharing.js';
import { RESTART_EVERYTHING } from './experiments/restart-everything.js';
import { STORE_KILLED } from './experiments/store-killed.js';
import { STORE_SLOW } from './experiments/store-slow.js';
import { TWO_TABS } from './experiments/two-tabs.js';

/** Everything that can be tried, in the order in which the page shows it. */
export const EXPERIMENTS: readonly Experiment[] = [
  NO_SHARING,
  JUMP,
  TWO_TABS,
  LOGOUT_RACE,
  FORGED_COOKIE,
  CLIENT_WITHOUT_COOKIES,
  INSTANCE_KILLED,
  STORE_KILLED,
  STORE_SLOW,
  FILL,
  RESTART_EVERYTHING,
];
