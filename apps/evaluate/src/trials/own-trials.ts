import { KILLED_STORE } from './killed-store.js';
import type { OwnTrial } from './own-trial.js';
import { PLAIN_COOKIE } from './plain-cookie.js';
import { REPLICA } from './replica.js';
import { SLABS } from './slabs.js';
import { THREE_DIRECTORIES } from './three-directories.js';

/** What claims need besides the experiments of the lab. */
export const OWN_TRIALS: readonly OwnTrial[] = [REPLICA, PLAIN_COOKIE, THREE_DIRECTORIES, SLABS, KILLED_STORE];
