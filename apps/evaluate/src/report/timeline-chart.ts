import type { Timeline } from 'shared-session-demo/lab';
import { type Drawing, numberText, round, text } from 'measuring';

const WIDTH = 700;
const LEFT = 52;
const RIGHT = 12;
const TOP = 58;
const PLOT = 130;
const BELOW = 44;
const TICKS = 4;
/** Can be told apart in both themes, also by those who see red and green alike. */
const COLOURS = ['#2f6fde', '#d9822b', '#1f9d8b', '#b5489a', '#7a8794', '#6a51a3'];

/** Values over time, with a dashed line and its label for each event. */
export function timelineChart(title: string, { unit, series, events }: Timeline): Drawing {
  const points = series.flatMap((each) => each.points);
  const last = Math.max(1, ...points.map(([seconds]) => seconds), ...events.map(({ seconds }) => seconds));
  const most = Math.max(1e-9, ...points.map(([, value]) => value));
  const x = (seconds: number): number => LEFT + (seconds / last) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => TOP + PLOT - (value / most) * PLOT;
  const bottom = TOP + PLOT;
  return {
    width: WIDTH,
    height: bottom + BELOW + (series.length > 1 ? 20 : 0),
    description: `${title}: ${unit} over ${numberText(last)} seconds; ${events.map(({ label }) => label).join(', ')}`,
    parts: [
      text(10, 18, `${title}: ${unit}`, 'start', 'title'),
      ...[0, most / 2, most].flatMap((value) => [
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(y(value))}" y2="${round(y(value))}"/>`,
        text(LEFT - 6, y(value) + 4, numberText(value), 'end', 'faint'),
      ]),
      ...Array.from({ length: TICKS + 1 }, (_, tick) =>
        text(
          x((last * tick) / TICKS),
          bottom + 18,
          `${numberText((last * tick) / TICKS)} s`,
          tick === 0 ? 'start' : 'end',
          'faint',
        ),
      ),
      ...events.flatMap(({ seconds, label }, index) => eventMark(x(seconds), bottom, label, index)),
      ...series.map(({ points: line }, index) =>
        polyline(
          line.map(([s, v]) => [x(s), y(v)] as const),
          colour(index),
        ),
      ),
      ...(series.length > 1
        ? legend(
            series.map(({ name }) => name),
            bottom + 38,
          )
        : []),
    ],
  };
}

/** Labels of neighbours are on two heights, and those far right are left of their line. */
function eventMark(x: number, bottom: number, label: string, index: number): string[] {
  const isFarRight = x > WIDTH * 0.75;
  return [
    `<line class="event" x1="${round(x)}" x2="${round(x)}" y1="${TOP - 6}" y2="${bottom}"/>`,
    text(isFarRight ? x - 4 : x + 4, TOP - 22 + (index % 2) * 14, label, isFarRight ? 'end' : 'start', 'faint'),
  ];
}

function polyline(points: readonly (readonly [number, number])[], stroke: string): string {
  return `<polyline class="line" stroke="${stroke}" points="${points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')}"/>`;
}

function legend(names: readonly string[], y: number): string[] {
  const step = (WIDTH - LEFT) / names.length;
  return names.flatMap((name, index) => [
    `<rect x="${round(LEFT + index * step)}" y="${y - 10}" width="12" height="12" rx="2" fill="${colour(index)}"/>`,
    text(LEFT + index * step + 17, y, name, 'start', 'faint'),
  ]);
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '#2f6fde';
}
