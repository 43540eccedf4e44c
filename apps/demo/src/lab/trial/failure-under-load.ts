import { setTimeout as delay } from 'node:timers/promises';
import type { RunChoice } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Figure, Outcome, Timeline } from '../outcome.js';
import { availabilityOf, longestOutageMs, shareAnswered, type Stretch } from './availability.js';
import { Load, type Aftermath } from './load.js';
import { figureOf, percent } from './statistics.js';
import { untilReady, withWholeCluster } from './whole-cluster.js';

/** Something that is broken and mended while visitors go on. */
export interface Failure {
  /** What happens, for the picture, such as `C killed`. */
  readonly label: string;
  breakIt(): Promise<void>;
  /** Such as `C back`. */
  readonly backLabel: string;
  mendIt(): Promise<void>;
}

/** What was seen: how much was answered, and what was lost. */
export interface FailureSeen {
  /** While it was broken, in percent of the requests. */
  readonly answeredMeanwhile: number;
  readonly writesAcknowledged: number;
  readonly aftermath: Aftermath;
  readonly writesLost: number;
  readonly figures: readonly Figure[];
  readonly picture: Timeline;
}

const PHASES = {
  quick: { beforeMs: 500, brokenMs: 1_300, afterMs: 500 },
  thorough: { beforeMs: 1_500, brokenMs: 3_000, afterMs: 2_000 },
} as const;

/** For the end of a sentence about what was lost: that not everybody could be asked. Empty when everybody could. */
export function unknownText({ sessionsUnknown }: Aftermath): string {
  return sessionsUnknown === 0 ? '' : ` ${sessionsUnknown} could not be asked, so that nobody knows of those.`;
}

/** Runs a cluster under load, breaks something, mends it, and looks at what is left. */
export function failUnderLoad(
  lab: Lab,
  choice: RunChoice,
  failure: Failure,
  say: (seen: FailureSeen) => string,
): Promise<Outcome> {
  return withWholeCluster(lab, async () => {
    const load = await Load.begin(lab, choice.pace, choice.signal);
    try {
      const seen = await breakAndMend(lab, load, choice, failure);
      return { summary: say(seen), figures: seen.figures, picture: seen.picture };
    } finally {
      await load.end();
    }
  });
}

async function breakAndMend(lab: Lab, load: Load, choice: RunChoice, failure: Failure): Promise<FailureSeen> {
  const { pace, progress, signal } = choice;
  const { beforeMs, brokenMs, afterMs } = PHASES[pace];
  const pass = (ms: number): Promise<void> => delay(ms, undefined, { signal });
  progress(0.1, 'visitors come and go');
  await pass(beforeMs);
  progress(0.25, failure.label);
  const fromMs = load.nowMs;
  await failure.breakIt();
  await pass(brokenMs);
  progress(0.6, 'it is being brought back');
  const toMs = load.nowMs;
  await failure.mendIt();
  await untilReady(lab);
  const backMs = load.nowMs;
  progress(0.8, failure.backLabel);
  await pass(afterMs);
  await load.end();
  progress(0.95, 'what is left is counted');
  return seenOf(load, await load.check(), failure, { fromMs, toMs }, backMs);
}

function seenOf(load: Load, aftermath: Aftermath, failure: Failure, broken: Stretch, backMs: number): FailureSeen {
  const { samples } = load;
  const sum = (of: 'acknowledged' | 'refused' | 'unknown' | 'lost'): number =>
    aftermath.written.reduce((total, written) => total + written[of], 0);
  const answeredMeanwhile = shareAnswered(samples, broken);
  const before = shareAnswered(samples, { fromMs: 0, toMs: broken.fromMs });
  const after = shareAnswered(samples, { fromMs: backMs, toMs: Infinity });
  const { sessions, sessionsLost, sessionsUnknown } = aftermath;
  // Who could not be asked may have lost everything.
  const lost = (count: number): number => (sessionsUnknown > 0 ? NaN : count);
  return {
    answeredMeanwhile,
    aftermath,
    writesAcknowledged: sum('acknowledged'),
    writesLost: sum('lost'),
    figures: [
      figureOf({ name: 'answered before', unit: '%', good: 'high' }, before),
      figureOf({ name: 'answered during the failure', unit: '%', good: 'high' }, answeredMeanwhile),
      figureOf({ name: 'answered afterwards', unit: '%', good: 'high' }, after),
      figureOf({ name: 'longest outage', unit: 'ms', good: 'low' }, longestOutageMs(samples)),
      figureOf({ name: 'longest request', unit: 'ms', good: 'low' }, Math.max(0, ...samples.map(({ ms }) => ms))),
      figureOf({ name: 'writes acknowledged', unit: 'writes', good: 'high' }, sum('acknowledged')),
      figureOf({ name: 'acknowledged writes lost', unit: 'writes', good: 'low' }, lost(sum('lost'))),
      figureOf({ name: 'writes refused', unit: 'writes' }, sum('refused')),
      figureOf({ name: 'writes with unknown end', unit: 'writes', good: 'low' }, sum('unknown')),
      figureOf({ name: 'sessions', unit: 'sessions' }, sessions),
      figureOf({ name: 'sessions lost', unit: '%', good: 'low' }, lost(percent(sessionsLost, sessions))),
      figureOf({ name: 'sessions not answered', unit: 'sessions', good: 'low' }, sessionsUnknown),
    ],
    picture: {
      kind: 'timeline',
      unit: 'answered, %',
      series: [availabilityOf(samples)],
      events: [
        { seconds: Math.round(broken.fromMs / 10) / 100, label: failure.label },
        { seconds: Math.round(backMs / 10) / 100, label: failure.backLabel },
      ],
    },
  };
}
