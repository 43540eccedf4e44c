import { figureAt, type Trial } from '../results.js';
import { CONNECTIONS } from '../speed/speed-subject.js';
import { labelOf, WAYS } from '../ways.js';
import { numberText } from 'measuring';

/** By so much may two ways of measuring differ. */
const TOLERANCE = 0.1;

/** A figure that was found in a second way, too. */
export interface Check {
  readonly what: string;
  readonly found: string;
  /** Undefined where the second way says something and proves nothing. */
  readonly agrees: boolean | undefined;
}

/** Every second look that this run has taken. */
export function checksOf(trials: readonly Trial[]): readonly Check[] {
  return WAYS.flatMap(({ name }) => [
    ...littlesLaw(trials, name, 'read'),
    ...littlesLaw(trials, name, 'write'),
    ...commandCounts(trials, name),
    ...autocannon(trials, name),
  ]);
}

/** Requests a second times the mean latency is the number of connections, or one of the two is wrong. */
function littlesLaw(trials: readonly Trial[], way: string, route: string): Check[] {
  const figure = `connections by rate and latency of ${route}s`;
  const found = figureAt(trials, { way, experiment: 'speed', figure });
  if (found === undefined) return [];
  return [
    {
      what: `${labelOf(way)}, ${route}: rate × mean latency is the number of connections (${CONNECTIONS})`,
      found: numberText(found.value),
      agrees: Math.abs(found.value / CONNECTIONS - 1) <= TOLERANCE,
    },
  ];
}

/** Redis counts commands in INFO and shows them in MONITOR. Other stores have one count of their own. */
function commandCounts(trials: readonly Trial[], way: string): Check[] {
  return ['read', 'write'].flatMap((route) => {
    const figure = `two counts of commands per ${route} agree`;
    const found = figureAt(trials, { way, experiment: 'speed', figure });
    if (found === undefined) return [];
    const what = `${labelOf(way)}, ${route}: commands by INFO commandstats and by MONITOR`;
    return [{ what, found: found.value === 1 ? 'the same' : 'different', agrees: found.value === 1 }];
  });
}

function autocannon(trials: readonly Trial[], way: string): Check[] {
  const at = (figure: string) => figureAt(trials, { way, experiment: 'speed', figure });
  const [ours, theirs] = [at('reads per second'), at('reads per second by autocannon')];
  if (ours === undefined || theirs === undefined) return [];
  return [
    {
      what: `${labelOf(way)}, read: a second load generator (autocannon, which needs more CPU itself) sees`,
      found: `${numberText(theirs.value)}/s against ${numberText(ours.value)}/s`,
      // It can only be slower: what it sees beyond ours would be wrong in ours or in it.
      agrees: theirs.value > ours.value * (1 + TOLERANCE * 3) ? false : undefined,
    },
  ];
}
