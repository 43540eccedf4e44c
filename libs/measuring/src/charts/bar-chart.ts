import { type Drawing, round, text } from './svg.js';
import { numberText } from './texts.js';

const LABEL = 230;
const ROOM = 330;
const VALUE = 130;
const ROW = 24;
const BAR = 16;
const HEAD = 30;
const MARGIN = 10;

/** One line of a bar chart. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly spread?: readonly [least: number, greatest: number];
  /** A class of `CHART_STYLE`. */
  readonly kind: string;
}

/** Bars from left to right, with a thin line for the spread of the rounds. Nothing is drawn of a value that is no number. */
export function barChart(title: string, unit: string, bars: readonly Bar[]): Drawing {
  const most = Math.max(
    1e-9,
    ...bars.flatMap(({ value, spread }) => [value, spread?.[1] ?? value]).filter(Number.isFinite),
  );
  const rows = bars.map((bar, index) => barRow(bar, unit, ROOM / most, HEAD + index * ROW));
  return {
    width: MARGIN * 2 + LABEL + ROOM + VALUE,
    height: HEAD + bars.length * ROW + MARGIN,
    description: `${title}: ${bars.map(({ name, value }) => `${name} ${numberText(value)} ${unit}`).join(', ')}`,
    parts: [text(MARGIN, 18, title, 'start', 'title'), ...rows.flat()],
  };
}

function barRow({ name, value, spread, kind }: Bar, unit: string, scale: number, y: number): string[] {
  const x = MARGIN + LABEL;
  const label = text(x - 8, y + 13, name, 'end');
  if (!Number.isFinite(value)) return [label, text(x + 4, y + 13, 'not measured', 'start', 'faint')];
  const [low, high] = spread ?? [value, value];
  const middle = y + BAR / 2;
  return [
    label,
    `<rect class="${kind}" x="${x}" y="${y}" width="${round(Math.max(1, value * scale))}" height="${BAR}" rx="2"/>`,
    ...(high > low
      ? [
          `<line class="spread" x1="${round(x + low * scale)}" x2="${round(x + high * scale)}" y1="${middle}" y2="${middle}"/>`,
        ]
      : []),
    text(x + high * scale + 8, y + 13, `${numberText(value)} ${unit}`),
  ];
}
