import { median } from 'measuring/statistics';
import type { Figure } from '../outcome.js';

export { median };

/** How many of a hundred. NaN of none: nothing was tried, so that nothing is known. */
export function percent(part: number, whole: number): number {
  return whole === 0 ? NaN : (part / whole) * 100;
}

/** For a sentence, such as `12.5 %`. */
export function percentText(share: number, digits = 0): string {
  return Number.isNaN(share) ? 'an unknown share' : `${share.toFixed(digits)} %`;
}

/** Two digits behind the point: more would pretend. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** What a figure is called, and which direction is good. */
export type FigureName = Pick<Figure, 'name' | 'unit' | 'good'>;

/** A figure that was taken in several rounds: their median, and the least and the greatest. Rounds without a value do not count. */
export function figureOfRounds(name: FigureName, rounds: readonly number[]): Figure {
  const values = rounds.filter(Number.isFinite);
  if (values.length === 0) return { ...name, value: NaN };
  const spread = [rounded(Math.min(...values)), rounded(Math.max(...values))] as const;
  return { ...name, value: rounded(median(values)), spread };
}

/** A figure that was taken once. */
export function figureOf(name: FigureName, value: number): Figure {
  return { ...name, value: rounded(value) };
}
