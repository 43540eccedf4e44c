import type { Figure } from '../outcome.js';

/** The value in the middle; the mean of the two in the middle of an even number. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/** How many of a hundred; 0 of none. */
export function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}

/** Two digits behind the point: more would pretend. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** What a figure is called, and which direction is good. */
export type FigureName = Pick<Figure, 'name' | 'unit' | 'good'>;

/** A figure that was taken in several rounds: their median, and the least and the greatest. */
export function figureOfRounds(name: FigureName, values: readonly number[]): Figure {
  const spread = [rounded(Math.min(...values)), rounded(Math.max(...values))] as const;
  return { ...name, value: rounded(median(values)), spread };
}

/** A figure that was taken once. */
export function figureOf(name: FigureName, value: number): Figure {
  return { ...name, value: rounded(value) };
}
