import { DemoFailure } from '../demo-failure.js';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration such as 500ms, 2s, 30m or 12h. Throws `DemoFailure`, naming the flag, for anything else and for zero. */
export function parseDuration(flag: string, text: string): number {
  const [, amount, unit] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  const milliseconds = Number(amount ?? 0) * (UNITS[unit ?? ''] ?? 0);
  if (milliseconds === 0) throw new DemoFailure(`${flag} is a duration such as 500ms, 2s, 30m or 12h, not "${text}"`);
  return milliseconds;
}
