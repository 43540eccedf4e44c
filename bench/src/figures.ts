import {
  type Contender,
  CONTENDERS,
  idOf,
  type Kind,
  PLATFORMS,
  type Platform,
  referenceOf,
  type Route,
  SESSION_ROUTES,
  type Way,
  WAYS,
} from './contenders.js';
import { Comparison } from './comparison.js';
import type { Cell, Measurements } from './measurement.js';

/** A figure of the project's promise, as this run saw it. */
export interface Figure {
  readonly what: string;
  readonly verdict: 'PASS' | 'MISS' | 'TOO NOISY' | 'not measured';
  /** What was found and what is asked for, in words. */
  readonly found: string;
}

const NOOP_FLOOR = 0.98;
const READ_FLOOR = 0.88;
const READ_EXTRA_CPU = 5;
const BEHIND_FLOOR = 1;
/** Where a contender differs from itself by more, a floor that is reached or missed by less proves nothing. */
const MOST_NOISE = 0.05;
const COMMANDS: Readonly<Record<Route, number>> = { noop: 0, read: 1, write: 2 };

/** Every figure that this run can judge. A floor is missed only beyond what the same contender shows against itself. */
export function figuresOf(measurements: Measurements): Figure[] {
  return PLATFORMS.flatMap((platform) => [
    noopFigure(measurements, platform),
    readFigure(measurements, platform),
    ...WAYS.flatMap((way) => figuresOn(measurements, platform, way)),
  ]);
}

/** Ours against the peers of one way, and what we ask of its store. */
function figuresOn(measurements: Measurements, platform: Platform, way: Way): Figure[] {
  const measured = CONTENDERS.filter((contender) => contender.platform === platform && contender.way === way);
  const peers = measured.filter(({ kind }) => kind.startsWith('peer'));
  const ours = measured.filter(({ kind, again }) => kind === 'shared' && !again);
  return [
    ...SESSION_ROUTES.flatMap((route) => peers.map((peer) => peerFigure(measurements, peer, route))),
    ...ours.flatMap((contender) => contender.routes.map((route) => commandFigure(measurements, contender, route))),
  ];
}

/** How far the medians of one contender and its second copy may lie apart on this machine. */
export interface Noise {
  /** Of throughput, as a part of 1. */
  readonly ratio: number;
  /** Of CPU microseconds per request. */
  readonly cpu: number;
}

/** Undefined where the reference or its second copy was not measured. */
export function noiseOn(measurements: Measurements, platform: Platform, way: Way, route: Route): Noise | undefined {
  const reference = referenceOf(way, route);
  const [first, second] = [false, true].map((again) => measurements.cell(idOf(platform, way, reference, again), route));
  if (first === undefined || second === undefined) return undefined;
  return {
    ratio: furthest(Comparison.throughput(second, first), 1),
    cpu: furthest(Comparison.extraCpu(second, first), 0),
  };
}

function furthest({ interval: { low, high } }: Comparison, from: number): number {
  return Math.max(from - low, high - from, 0);
}

function noopFigure(measurements: Measurements, platform: Platform): Figure {
  const what = `${platform}: route without a session, against the app without the module`;
  return compared(measurements, platform, 'redis', 'noop', 'without', what, {
    holds: (ratio) => ratio >= NOOP_FLOOR,
    found: (ratio, noise) => `${ratioText(ratio, noise)}, at least ${NOOP_FLOOR}`,
  });
}

function readFigure(measurements: Measurements, platform: Platform): Figure {
  const what = `${platform}: read, against the hand-written limit`;
  return compared(measurements, platform, 'redis', 'read', 'hand-written', what, {
    holds: (ratio, extraCpu) => ratio >= READ_FLOOR || extraCpu <= READ_EXTRA_CPU,
    found: (ratio, noise, extraCpu) =>
      `${ratioText(ratio, noise)} and ${signed(extraCpu)} µs of CPU (± ${noise.cpu.toFixed(1)}), ` +
      `at least ${READ_FLOOR} or at most +${READ_EXTRA_CPU} µs`,
  });
}

function peerFigure(measurements: Measurements, { platform, way, kind, label }: Contender, route: Route): Figure {
  const what = `${platform} over ${way}: ${route}, against ${label}`;
  return compared(measurements, platform, way, route, kind, what, {
    holds: (ratio) => ratio >= BEHIND_FLOOR,
    found: (ratio, noise) => `${ratioText(ratio, noise)}, never behind`,
  });
}

function commandFigure(measurements: Measurements, { id, platform, way }: Contender, route: Route): Figure {
  const what = `${platform} over ${way}: commands per ${route === 'noop' ? 'request without a session' : route}`;
  const cell = measurements.cell(id, route);
  if (cell === undefined) return notMeasured(what);
  const sent = Object.values(cell.commands.sent).reduce((sum, each) => sum + each, 0);
  const found = `${commandText(cell)}, at most ${COMMANDS[route]}`;
  // What a server counts may hold a command of a background task.
  return { what, verdict: Math.floor(sent) <= COMMANDS[route] && cell.commands.agrees ? 'PASS' : 'MISS', found };
}

/** The commands that a client sent per request, such as `1 get + 1 evalsha`. */
export function commandText({ commands: { sent, agrees } }: Cell): string {
  const parts = Object.entries(sent).map(([name, calls]) => `${Number(calls.toFixed(2))} ${name}`);
  return (parts.join(' + ') || '0') + (agrees ? '' : ' (INFO and MONITOR differ)');
}

function compared(
  measurements: Measurements,
  platform: Platform,
  way: Way,
  route: Route,
  against: Kind,
  what: string,
  floor: Floor,
): Figure {
  const ours = measurements.cell(idOf(platform, way, 'shared'), route);
  const other = measurements.cell(idOf(platform, way, against), route);
  const noise = noiseOn(measurements, platform, way, route);
  if (ours === undefined || other === undefined || noise === undefined) return notMeasured(what);
  const ratio = Comparison.throughput(ours, other).median;
  const extraCpu = Comparison.extraCpu(ours, other).median;
  return { what, verdict: verdictOf(floor, ratio, extraCpu, noise), found: floor.found(ratio, noise, extraCpu) };
}

/** A floor, and what was found in words. */
interface Floor {
  readonly holds: (ratio: number, extraCpu: number) => boolean;
  readonly found: (ratio: number, noise: Noise, extraCpu: number) => string;
}

function verdictOf({ holds }: Floor, ratio: number, extraCpu: number, noise: Noise): Figure['verdict'] {
  if (!holds(ratio + noise.ratio, extraCpu - noise.cpu)) return 'MISS';
  if (holds(ratio - noise.ratio, extraCpu + noise.cpu)) return 'PASS';
  return noise.ratio > MOST_NOISE ? 'TOO NOISY' : 'PASS';
}

function notMeasured(what: string): Figure {
  return { what, verdict: 'not measured', found: '' };
}

function ratioText(ratio: number, noise: Noise): string {
  return `${ratio.toFixed(3)} (± ${noise.ratio.toFixed(3)})`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}
