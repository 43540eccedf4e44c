import { numberText } from 'measuring';
import type { Figure } from 'shared-session-demo/lab';

/** With its unit, and the spread where there were several rounds. */
export function figureText({ value, unit, spread }: Figure): string {
  const text = `${numberText(value)}${unit === '' || Number.isNaN(value) ? '' : ` ${unit}`}`;
  if (spread === undefined || spread[0] === spread[1]) return text;
  return `${text} (${numberText(spread[0])} to ${numberText(spread[1])})`;
}

/** As minutes and seconds. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
