import { PLATFORMS, type Platform, referenceOf, type Route } from './contenders.js';
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
/** Where a contender differs from itself by more, a floor that seems to be reached proves nothing. */
const MOST_NOISE = 0.05;
const COMMANDS: Readonly<Record<Route, number>> = { noop: 0, read: 1, write: 2 };

/** Every figure that this run can judge. A floor is missed only beyond what the same contender shows against itself. */
export function figuresOf(measurements: Measurements): Figure[] {
  return PLATFORMS.flatMap((platform) => [
    noopFigure(measurements, platform),
    readFigure(measurements, platform),
    ...(['read', 'write'] as const).flatMap((route) =>
      (['peer-default', 'peer-best'] as const).map((kind) => peerFigure(measurements, platform, route, kind)),
    ),
    ...(['noop', 'read', 'write'] as const).map((route) => commandFigure(measurements, platform, route)),
  ]);
}

/** How far the medians of one contender and its second copy may lie apart on this machine. */
export interface Noise {
  /** Of throughput, as a part of 1. */
  readonly ratio: number;
  /** Of CPU microseconds per request. */
  readonly cpu: number;
}

/** Undefined where the reference or its second copy was not measured. */
export function noiseOn(measurements: Measurements, platform: Platform, route: Route): Noise | undefined {
  const id = `${platform}/${referenceOf(route)}`;
  const [first, second] = [measurements.cell(id, route), measurements.cell(`${id}-again`, route)];
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
  return compared(measurements, platform, 'noop', `${platform}/without`, what, (ratio, noise) => ({
    reached: ratio >= NOOP_FLOOR - noise.ratio,
    found: `${ratioText(ratio, noise)}, at least ${NOOP_FLOOR}`,
  }));
}

function readFigure(measurements: Measurements, platform: Platform): Figure {
  const what = `${platform}: read, against the hand-written limit`;
  return compared(measurements, platform, 'read', `${platform}/hand-written`, what, (ratio, noise, extraCpu) => ({
    reached: ratio >= READ_FLOOR - noise.ratio || extraCpu <= READ_EXTRA_CPU + noise.cpu,
    found:
      `${ratioText(ratio, noise)} and ${signed(extraCpu)} µs of CPU (± ${noise.cpu.toFixed(1)}), ` +
      `at least ${READ_FLOOR} or at most +${READ_EXTRA_CPU} µs`,
  }));
}

function peerFigure(
  measurements: Measurements,
  platform: Platform,
  route: Route,
  kind: 'peer-default' | 'peer-best',
): Figure {
  const peer = `${platform}/${kind}`;
  const what = `${platform}: ${route}, against ${measurements.cell(peer, route)?.contender.label ?? peer}`;
  return compared(measurements, platform, route, peer, what, (ratio, noise) => ({
    reached: ratio >= BEHIND_FLOOR - noise.ratio,
    found: `${ratioText(ratio, noise)}, never behind`,
  }));
}

function commandFigure(measurements: Measurements, platform: Platform, route: Route): Figure {
  const what = `${platform}: Redis commands per ${route === 'noop' ? 'request without a session' : route}`;
  const cell = measurements.cell(`${platform}/shared`, route);
  if (cell === undefined) return notMeasured(what);
  const sent = Object.values(cell.commands.sent).reduce((sum, each) => sum + each, 0);
  const found = `${commandText(cell)}, at most ${COMMANDS[route]}`;
  return { what, verdict: sent <= COMMANDS[route] && cell.commands.agrees ? 'PASS' : 'MISS', found };
}

/** The commands that a client sent per request, such as `1 get + 1 evalsha`. */
export function commandText({ commands: { sent, agrees } }: Cell): string {
  const parts = Object.entries(sent).map(([name, calls]) => `${Number(calls.toFixed(2))} ${name}`);
  return (parts.join(' + ') || '0') + (agrees ? '' : ' (INFO and MONITOR differ)');
}

function compared(
  measurements: Measurements,
  platform: Platform,
  route: Route,
  against: string,
  what: string,
  judge: (ratio: number, noise: Noise, extraCpu: number) => { reached: boolean; found: string },
): Figure {
  const ours = measurements.cell(`${platform}/shared`, route);
  const other = measurements.cell(against, route);
  const noise = noiseOn(measurements, platform, route);
  if (ours === undefined || other === undefined || noise === undefined) return notMeasured(what);
  const { reached, found } = judge(
    Comparison.throughput(ours, other).median,
    noise,
    Comparison.extraCpu(ours, other).median,
  );
  if (!reached) return { what, verdict: 'MISS', found };
  return { what, verdict: noise.ratio > MOST_NOISE ? 'TOO NOISY' : 'PASS', found };
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
