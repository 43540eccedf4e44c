import { type CommandCount, median } from 'measuring';
import { type Figure, figureOf, figureOfRounds, reasonOf } from 'shared-session-demo/lab';
import type { Trial, TrialResult } from '../results.js';
import type { TrialChoice } from '../trials/own-trial.js';
import type { Way } from '../ways.js';
import { type SpeedSample, type SpeedSeen, speedRounds } from './speed-rounds.js';
import { CONNECTIONS, type Route, ROUTES } from './speed-subject.js';

/** In results. */
export const SPEED = 'speed';

const MS = { unit: 'ms', good: 'low' } as const;

/** The speed of all ways, one trial for each. */
export async function speedTrials(ways: readonly Way[], choice: TrialChoice): Promise<Trial[]> {
  const began = performance.now();
  const seen = await speedRounds(ways, choice);
  const seconds = (performance.now() - began) / 1_000 / Math.max(1, ways.length);
  return seen.flatMap((each) => {
    const result = resultOf(each);
    return result === undefined ? [] : [{ ...trialOf(each.way.name), seconds, result }];
  });
}

function trialOf(way: string): Pick<Trial, 'way' | 'experiment' | 'title' | 'explanation'> {
  return {
    way,
    experiment: SPEED,
    title: 'Speed of reads and writes',
    explanation: `One instance answers ${CONNECTIONS} connections, each with a session of one kilobyte and one request under way. All ways run at once and are measured in turn, in a random order in each round.`,
  };
}

/** Undefined when the run ended before the first round. */
function resultOf({ failure, ...seen }: SpeedSeen): TrialResult | undefined {
  if (failure !== undefined) return { is: 'failed', reason: reasonOf(failure) };
  if (ROUTES.some((route) => seen.samples[route].length === 0)) return undefined;
  const figures = [...ROUTES.flatMap((route) => routeFigures(seen, route)), ...otherFigures(seen)];
  const rate = (route: Route): number => median(seen.samples[route].map(perSecond));
  return {
    is: 'measured',
    outcome: {
      summary: `${rate('read').toFixed(0)} reads and ${rate('write').toFixed(0)} writes a second.`,
      figures,
      picture: {
        kind: 'bars',
        unit: 'per second',
        bars: ROUTES.map((route) => ({ name: `${route}s`, value: Math.round(rate(route)) })),
      },
    },
  };
}

function routeFigures({ way, samples: all, commands }: Omit<SpeedSeen, 'failure'>, route: Route): Figure[] {
  const samples = all[route];
  const cpu = samples.map((sample) => sample.cpu).filter(Number.isFinite);
  return [
    figureOfRounds({ name: `${route}s per second`, unit: 'per second', good: 'high' }, samples.map(perSecond)),
    figureOfRounds(
      { name: `${route}, p50`, ...MS },
      samples.map(({ p50 }) => p50),
    ),
    figureOfRounds(
      { name: `${route}, p99`, ...MS },
      samples.map(({ p99 }) => p99),
    ),
    ...(cpu.length > 0 ? [figureOfRounds({ name: `CPU per ${route}`, unit: 'µs', good: 'low' }, cpu)] : []),
    ...commandFigures(commands[route], route, way),
    figureOfRounds(
      { name: `connections by rate and latency of ${route}s`, unit: 'connections' },
      samples.map((sample) => (perSecond(sample) * sample.mean) / 1_000),
    ),
  ];
}

/** Redis alone is counted twice: by INFO and by MONITOR. */
function commandFigures(commands: CommandCount | undefined, route: Route, { needs }: Way): Figure[] {
  if (commands === undefined) return [];
  const sent = Object.values(commands.sent).reduce((sum, each) => sum + each, 0);
  return [
    figureOf({ name: `store commands per ${route}`, unit: 'commands', good: 'low' }, sent),
    ...(needs?.binary === 'redis-server'
      ? [figureOf({ name: `two counts of commands per ${route} agree`, unit: '(1 is yes)' }, commands.agrees ? 1 : 0)]
      : []),
  ];
}

function otherFigures({ bytesPerSession, cookieBytes, autocannon }: Omit<SpeedSeen, 'failure'>): Figure[] {
  return [
    ...(bytesPerSession === undefined
      ? []
      : [figureOf({ name: 'bytes per session in the store', unit: 'bytes', good: 'low' }, bytesPerSession)]),
    figureOf({ name: 'bytes of the cookie', unit: 'bytes', good: 'low' }, cookieBytes),
    ...(autocannon === undefined
      ? []
      : [figureOf({ name: 'reads per second by autocannon', unit: 'per second', good: 'high' }, autocannon)]),
  ];
}

function perSecond({ requests, elapsed }: SpeedSample): number {
  return (requests * 1_000) / elapsed;
}
