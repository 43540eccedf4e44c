import type { Figure } from 'shared-session-demo/lab';

/** A number as people read it: three digits that matter, thousands apart. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return '∞';
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** With its unit, and the spread where there were several rounds. */
export function figureText({ value, unit, spread }: Figure): string {
  const text = `${numberText(value)}${unit === '' || Number.isNaN(value) ? '' : ` ${unit}`}`;
  if (spread === undefined || spread[0] === spread[1]) return text;
  return `${text} (${numberText(spread[0])} to ${numberText(spread[1])})`;
}

/** For HTML and SVG, in text and in attributes. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** As minutes and seconds. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
