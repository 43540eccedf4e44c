import { availableCores, type CommandCount, type Cores, LoadGenerator, type LoadResult, shuffled } from 'measuring';
import type { TrialChoice } from '../trials/own-trial.js';
import type { Way } from '../ways.js';
import { readsByAutocannon } from './second-look.js';
import { type Route, ROUTES, SpeedSubject } from './speed-subject.js';

const SIZE = {
  quick: { rounds: 3, ms: 120, warmUpMs: 200 },
  thorough: { rounds: 7, ms: 500, warmUpMs: 2_000 },
} as const;
const SETTLE_MS = 80;
const COUNTED = 100;

/** One measurement of one way on one route. */
export interface SpeedSample extends LoadResult {
  /** CPU microseconds of the instance per request. */
  readonly cpu: number;
}

/** Everything that was seen of one way. */
export interface SpeedSeen {
  readonly way: Way;
  readonly samples: Readonly<Record<Route, SpeedSample[]>>;
  readonly commands: Partial<Record<Route, CommandCount>>;
  readonly bytesPerSession: number | undefined;
  readonly cookieBytes: number;
  autocannon: number | undefined;
  /** Why it could not be measured. */
  failure: unknown;
}

/**
 * All ways run at the same time and are measured in turn: in each round every one of them once on every route, in a random order,
 * so that what disturbs the machine disturbs them alike. Ended by the signal, it answers what was seen until then.
 */
export async function speedRounds(ways: readonly Way[], choice: TrialChoice): Promise<readonly SpeedSeen[]> {
  const cores = availableCores();
  const load = new LoadGenerator(cores.others);
  const subjects = new Map<SpeedSubject, SpeedSeen>();
  const failed: SpeedSeen[] = [];
  try {
    await openAll(ways, cores, subjects, failed, choice);
    for (const [subject, seen] of subjects) {
      if (choice.signal.aborted) break;
      choice.progress(`${subject.way.name} is warmed up`);
      await attempt(seen, () => warmUp(load, subject, seen, choice));
    }
    await allRounds(load, subjects, choice);
    return [...subjects.values(), ...failed];
  } finally {
    await load.stop();
    await Promise.all([...subjects.keys()].map((subject) => subject.close()));
  }
}

/** Two at a time, since an instance starts on one core. What does not come up is among the failed. */
async function openAll(
  ways: readonly Way[],
  cores: Cores,
  subjects: Map<SpeedSubject, SpeedSeen>,
  failed: SpeedSeen[],
  { signal, progress }: TrialChoice,
): Promise<void> {
  const left = [...ways];
  const lane = async (): Promise<void> => {
    for (let way = left.shift(); way !== undefined && !signal.aborted; way = left.shift()) {
      progress(`${way.name} is started`);
      try {
        const subject = await SpeedSubject.open(way, cores, signal);
        subjects.set(subject, nothingSeen(way, subject));
      } catch (error) {
        if (!signal.aborted) failed.push({ ...nothingSeen(way), failure: error });
      }
    }
  };
  await Promise.all([lane(), lane()]);
}

function nothingSeen(way: Way, subject?: SpeedSubject): SpeedSeen {
  return {
    way,
    samples: { read: [], write: [] },
    commands: {},
    bytesPerSession: subject?.bytesPerSession,
    cookieBytes: subject?.cookie.length ?? 0,
    autocannon: undefined,
    failure: undefined,
  };
}

/** Also counts the store's commands. */
async function warmUp(
  load: LoadGenerator,
  subject: SpeedSubject,
  seen: SpeedSeen,
  { pace }: TrialChoice,
): Promise<void> {
  for (const route of ROUTES) {
    await load.connected(subject.target(route), async (drive) => {
      await drive({ ms: SIZE[pace].warmUpMs });
      const { counter } = subject;
      if (counter !== undefined) {
        seen.commands[route] = await counter.during(COUNTED, () => drive({ requests: COUNTED }));
      }
    });
  }
}

async function allRounds(
  load: LoadGenerator,
  subjects: ReadonlyMap<SpeedSubject, SpeedSeen>,
  { pace, progress, signal }: TrialChoice,
): Promise<void> {
  const { rounds, ms } = SIZE[pace];
  for (let round = 1; round <= rounds; round += 1) {
    for (const [subject, seen] of shuffled([...subjects])) {
      for (const route of ROUTES) {
        if (signal.aborted) return;
        if (seen.failure !== undefined) continue;
        progress(`round ${round} of ${rounds}: ${subject.way.name}, ${route}`);
        await attempt(seen, async () => void seen.samples[route].push(await measured(load, subject, route, ms)));
      }
    }
  }
  if (pace === 'quick') return;
  for (const [subject, seen] of shuffled([...subjects])) {
    if (signal.aborted) return;
    if (seen.failure !== undefined) continue;
    progress(`a second load generator: ${subject.way.name}`);
    await attempt(seen, async () => void (seen.autocannon = await readsByAutocannon(subject.url, subject.cookie)));
  }
}

/** One way that fails does not end the measurement of the others. */
async function attempt(seen: SpeedSeen, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    seen.failure = error;
  }
}

function measured(load: LoadGenerator, subject: SpeedSubject, route: Route, ms: number): Promise<SpeedSample> {
  return load.connected(subject.target(route), async (drive) => {
    await drive({ ms: SETTLE_MS });
    const before = subject.cpuTime();
    const seen = await drive({ ms });
    return { ...seen, cpu: (subject.cpuTime() - before) / seen.requests };
  });
}
