import { expect, test } from 'vitest';
import { eachAtOnce } from './at-once.js';
import { availabilityOf, longestOutageMs, shareAnswered, type Sample } from './availability.js';
import { figureOfRounds, median, percent } from './statistics.js';

const sample = (atMs: number, answered: boolean, ms = 10): Sample => ({ atMs, ms, answered });

test('The median is the middle one, or between the two in the middle, whatever the order', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([10, 1, 2, 9])).toBe(5.5);
  expect(median([])).toBeNaN();
});

test('A figure of several rounds has the median, and the least and the greatest', () => {
  const figure = figureOfRounds({ name: 'time', unit: 'ms', good: 'low' }, [3, 1.234, 100]);
  expect(figure).toEqual({ name: 'time', unit: 'ms', good: 'low', value: 3, spread: [1.23, 100] });
  expect(percent(1, 4)).toBe(25);
});

test('Of nothing there is no share: it is neither perfect nor bad', () => {
  expect(percent(0, 0)).toBeNaN();
  expect(shareAnswered([sample(0, true)], { fromMs: 100, toMs: 200 })).toBeNaN();
  const name = { name: 'stale', unit: '%', good: 'low' } as const;
  expect(figureOfRounds(name, [NaN, NaN])).toEqual({ ...name, value: NaN });
  expect(figureOfRounds(name, [4, NaN, 2])).toEqual({ ...name, value: 3, spread: [2, 4] });
});

test('What was answered counts by when the request began', () => {
  const samples = [sample(0, true), sample(100, false, 5_000), sample(200, true), sample(300, true)];
  expect(shareAnswered(samples, { fromMs: 0, toMs: 200 })).toBe(50);
  expect(shareAnswered(samples, { fromMs: 200, toMs: 400 })).toBe(100);
  expect(availabilityOf(samples).points).toEqual([
    [0, 66.67],
    [0.25, 100],
  ]);
});

test('An outage lasts from the first request that was not answered to the next that was, in the order of their beginnings', () => {
  expect(longestOutageMs([sample(0, true), sample(100, true)])).toBe(0);
  const outage = [sample(900, true), sample(0, true), sample(100, false), sample(500, false), sample(1_000, false, 50)];
  expect(longestOutageMs(outage)).toBe(800);
  expect(longestOutageMs([sample(0, true), sample(100, false, 2_000)])).toBe(2_000);
});

test('So many at once, and the results in order', async () => {
  let [running, most] = [0, 0];
  const results = await eachAtOnce([30, 1, 20, 2, 10], 2, async (ms, index) => {
    most = Math.max(most, (running += 1));
    await new Promise((resolve) => setTimeout(resolve, ms));
    running -= 1;
    return index;
  });
  expect(results).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(2);
});
