/** An interval; both ends belong to it. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2_000;

/** The value below which so many percent of sorted values lie (nearest rank); NaN of nothing. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** The middle value; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/**
 * Where the median of all values lies with 95 % confidence: the bootstrap of Efron, with percentiles and repeatable, which draws
 * groups first and then values of each group.
 */
export function nestedMedianInterval(groups: readonly (readonly number[])[]): Interval {
  const random = mulberry32(groups.length);
  const drawn = <T>(list: readonly T[]): T[] => list.map(() => list[Math.floor(random() * list.length)] as T);
  const medians = Float64Array.from({ length: RESAMPLES }, () => median(drawn(groups).flatMap(drawn))).toSorted();
  return { low: percentile(medians, 2.5), high: percentile(medians, 97.5) };
}

/** The list in a random order. */
export function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** A small generator that always gives the same numbers, so that one set of samples always gives one interval. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
