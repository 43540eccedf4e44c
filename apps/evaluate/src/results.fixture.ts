import type { Figure } from 'shared-session-demo/lab';
import type { Claim } from './claims/claim.js';
import type { FigurePlace, Results, Trial } from './results.js';

/** A trial that has measured one figure. */
export function trialWith(place: FigurePlace, value: number, spread?: readonly [number, number]): Trial {
  return trialOf(place, [{ name: place.figure, value, unit: 'ms', ...(spread && { spread }) }]);
}

/** Trials that have measured these figures, all of them as 1. */
export function trialsWith(places: readonly FigurePlace[]): Trial[] {
  const trials = new Map<string, Trial>();
  for (const place of places) {
    const key = `${place.way}/${place.experiment}`;
    const here = places.filter(({ way, experiment }) => key === `${way}/${experiment}`);
    const figures = here.map(({ figure }) => ({ name: figure, value: 1, unit: '' }));
    trials.set(key, trialOf(place, figures));
  }
  return [...trials.values()];
}

/** Trials in which the figures of a claim, by their names there, have these values. */
export function trialsOf(claim: Claim, values: Readonly<Record<string, number | readonly [number, number]>>): Trial[] {
  const trials = new Map<string, Trial>();
  for (const [name, place] of Object.entries(claim.figures)) {
    const given = values[name];
    if (given === undefined) continue;
    const [value, spread] = typeof given === 'number' ? [given, undefined] : [(given[0] + given[1]) / 2, given];
    const key = `${place.way}/${place.experiment}`;
    const before = trials.get(key)?.result;
    const figures = before?.is === 'measured' ? before.outcome.figures : [];
    trials.set(key, trialOf(place, [...figures, { name: place.figure, value, unit: '%', ...(spread && { spread }) }]));
  }
  return [...trials.values()];
}

/** A run that has found these. */
export function resultsOf(trials: readonly Trial[], more: Partial<Results> = {}): Results {
  return {
    at: '2026-01-02T03:04:05.000Z',
    command: 'npm run evaluate -- --quick',
    machine: '2 × a processor',
    versions: { node: '20.20.0' },
    pace: 'quick',
    seconds: 61,
    interrupted: false,
    trials,
    ...more,
  };
}

function trialOf({ way, experiment }: FigurePlace, figures: readonly Figure[]): Trial {
  const picture = { kind: 'bars', unit: '%', bars: [{ name: 'one', value: 1 }] } as const;
  const outcome = { summary: `What ${experiment} has shown.`, figures, picture };
  return {
    way,
    experiment,
    title: experiment,
    explanation: 'It is tried.',
    seconds: 1,
    result: { is: 'measured', outcome },
  };
}
