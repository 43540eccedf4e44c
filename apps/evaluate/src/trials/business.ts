import { type BusinessLatency, measureBesideBusiness, median, PLACES } from 'measuring';
import { type Figure, figureOfRounds } from 'shared-session-demo/lab';
import type { Trial } from '../results.js';
import type { TrialChoice } from './own-trial.js';

const SIZE = { quick: { rounds: 2, ms: 800 }, thorough: { rounds: 5, ms: 1_500 } } as const;
const PER_SECOND = 300;

/** In results. */
export const BUSINESS = 'business';

/** What sessions cost the business queries of a database, one trial for each place where the sessions are; those without a full round are left out. */
export async function businessTrials({ pace, progress, signal }: TrialChoice): Promise<Trial[]> {
  const began = performance.now();
  const measured = await measureBesideBusiness({
    places: PLACES,
    ...SIZE[pace],
    perSecond: PER_SECOND,
    progress,
    signal,
  });
  const seconds = (performance.now() - began) / 1_000 / PLACES.length;
  return [...measured]
    .filter(([, latencies]) => latencies.length > 0)
    .map(([place, latencies]) => ({
      way: place,
      experiment: BUSINESS,
      title: 'Business queries beside sessions',
      explanation: `Business queries are timed at one MySQL while ${PER_SECOND} session requests a second, one in four of them a write, go nowhere, to the same database, to one of their own, or to memcached. The places of each round are measured in a random order.`,
      seconds,
      result: {
        is: 'measured' as const,
        outcome: {
          summary: `With the sessions in ${place}, a business query took ${median(latencies.map(({ p50 }) => p50)).toFixed(2)} ms (median).`,
          figures: figuresOf(latencies),
          picture: {
            kind: 'bars' as const,
            unit: 'ms',
            bars: [{ name: place, value: median(latencies.map(({ p50 }) => p50)) }],
          },
        },
      },
    }));
}

function figuresOf(latencies: readonly BusinessLatency[]): Figure[] {
  const of = (figure: keyof BusinessLatency): number[] => latencies.map((latency) => latency[figure]);
  return [
    figureOfRounds({ name: 'business query, p50', unit: 'ms', good: 'low' }, of('p50')),
    figureOfRounds({ name: 'business query, p99', unit: 'ms', good: 'low' }, of('p99')),
    figureOfRounds({ name: 'business queries', unit: 'per second', good: 'high' }, of('perSecond')),
  ];
}
