import { type Bar, barChart, type Drawing, PLACES, stacked } from 'measuring';
import { figureAt, type Trial } from '../results.js';
import { BUSINESS } from '../trials/business.js';
import { WAYS } from '../ways.js';
import { timelineChart } from './timeline-chart.js';

interface ChartOfFigure {
  readonly title: string;
  readonly unit: string;
  readonly experiment: string;
  readonly figure: string;
}

const SPEED_CHARTS: readonly ChartOfFigure[] = [
  { title: 'Reads per second, one instance', unit: '/s', experiment: 'speed', figure: 'reads per second' },
  { title: 'Writes per second, one instance', unit: '/s', experiment: 'speed', figure: 'writes per second' },
];

const OTHER_CHARTS: readonly ChartOfFigure[] = [
  { title: 'Latency of a read, median', unit: 'ms', experiment: 'speed', figure: 'read, p50' },
  { title: 'Latency of a read, the slowest of a hundred', unit: 'ms', experiment: 'speed', figure: 'read, p99' },
  { title: 'Latency of a write, median', unit: 'ms', experiment: 'speed', figure: 'write, p50' },
  { title: 'CPU of the instance per read', unit: 'µs', experiment: 'speed', figure: 'CPU per read' },
  { title: 'Stale reads after a jump to another instance', unit: '%', experiment: 'jump', figure: 'stale reads' },
  { title: 'Store commands per read', unit: '', experiment: 'speed', figure: 'store commands per read' },
  { title: 'Store commands per write', unit: '', experiment: 'speed', figure: 'store commands per write' },
  {
    title: 'Bytes of a session in the store',
    unit: 'B',
    experiment: 'speed',
    figure: 'bytes per session in the store',
  },
  { title: 'Bytes of the cookie', unit: 'B', experiment: 'speed', figure: 'bytes of the cookie' },
];

/** The chart that stands for the whole: throughput by way. */
export function mainChart(trials: readonly Trial[]): Drawing {
  return stacked(SPEED_CHARTS.map((chart) => byWay(trials, chart)));
}

/** Everything else that is drawn of all ways together; charts without a single figure are left out. */
export function otherCharts(trials: readonly Trial[]): readonly Drawing[] {
  const bars = OTHER_CHARTS.filter((chart) => barsOf(trials, chart).some(({ value }) => Number.isFinite(value)));
  return [
    ...availability(trials, 'store-killed', 'A store server is killed and comes back'),
    ...availability(trials, 'instance-killed', 'An instance is killed and comes back'),
    ...bars.map((chart) => byWay(trials, chart)),
    ...businessChart(trials),
  ];
}

function byWay(trials: readonly Trial[], chart: ChartOfFigure): Drawing {
  return barChart(chart.title, chart.unit, barsOf(trials, chart));
}

/** Where the experiment was done and has no such figure, there is nothing to draw; where it was not done, that is said. */
function barsOf(trials: readonly Trial[], { experiment, figure }: ChartOfFigure): Bar[] {
  return WAYS.flatMap(({ name, label, kind }) => {
    const trial = trials.find((each) => each.way === name && each.experiment === experiment);
    if (trial === undefined) return [];
    const found = figureAt(trials, { way: name, experiment, figure });
    if (found === undefined && trial.result.is === 'measured') return [];
    const spread = found?.spread === undefined ? {} : { spread: found.spread };
    return [{ name: label, value: found?.value ?? Number.NaN, kind, ...spread }];
  });
}

/** One picture for each way: over each other their lines could not be told apart. */
function availability(trials: readonly Trial[], experiment: string, title: string): Drawing[] {
  const timelines = WAYS.flatMap(({ name, kind }) => {
    const trial = trials.find((each) => each.way === name && each.experiment === experiment);
    if (trial?.result.is !== 'measured' || kind === 'baseline') return [];
    const { picture } = trial.result.outcome;
    return picture.kind === 'timeline' ? [{ name, picture }] : [];
  });
  return timelines.map(({ name, picture }) => timelineChart(`${title}, ${name}`, picture));
}

function businessChart(trials: readonly Trial[]): Drawing[] {
  const bars = PLACES.flatMap((place): Bar[] => {
    const found = figureAt(trials, { way: place, experiment: BUSINESS, figure: 'business query, p50' });
    if (found === undefined) return [];
    return [
      { name: `sessions in ${place}`, value: found.value, kind: 'ours', ...(found.spread && { spread: found.spread }) },
    ];
  });
  return bars.length === 0 ? [] : [barChart('A business query beside sessions, median', 'ms', bars)];
}
