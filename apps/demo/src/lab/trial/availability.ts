import type { Timeline } from '../outcome.js';
import { percent, rounded } from './statistics.js';

const BIN_MS = 250;

/** One request, when it began, and what came of it. */
export interface Sample {
  /** Milliseconds since the start. */
  readonly atMs: number;
  readonly ms: number;
  readonly answered: boolean;
}

/** A stretch of time, in milliseconds since the start. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The share of the requests that began in a stretch of time and were answered, in percent; NaN when none began. */
export function shareAnswered(samples: readonly Sample[], { fromMs, toMs }: Stretch): number {
  const begun = samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  return percent(begun.filter(({ answered }) => answered).length, begun.length);
}

/** How long, at most, no request was answered that began in between: from the first that was not to the next that was. */
export function longestOutageMs(samples: readonly Sample[]): number {
  let longest = 0;
  let since: number | undefined;
  for (const { atMs, ms, answered } of samples.toSorted((one, other) => one.atMs - other.atMs)) {
    if (!answered) since ??= atMs;
    longest = Math.max(longest, since === undefined ? 0 : (answered ? atMs : atMs + ms) - since);
    if (answered) since = undefined;
  }
  return longest;
}

/** The share that was answered, over time. */
export function availabilityOf(samples: readonly Sample[]): Timeline['series'][number] {
  const bins = new Set(samples.map(({ atMs }) => Math.floor(atMs / BIN_MS)));
  const points = [...bins]
    .toSorted((one, other) => one - other)
    .map((bin) => {
      const share = shareAnswered(samples, { fromMs: bin * BIN_MS, toMs: (bin + 1) * BIN_MS });
      return [rounded((bin * BIN_MS) / 1_000), rounded(share)] as const;
    });
  return { name: 'requests of logged-in visitors', points };
}
