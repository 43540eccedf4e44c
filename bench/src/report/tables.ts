import { idOf, PLATFORMS, type Platform, referenceOf, type Route, ROUTES, type Way, WAYS } from '../contenders.js';
import { commandText, type Figure, noiseOn } from '../figures.js';
import { Comparison } from '../comparison.js';
import { type Cell, type Measurements, medianOf } from '../measurement.js';
import { textTable } from 'measuring';

/** Below this the server had time to spare, and its throughput says less than its CPU time. */
const BUSY = 0.95;

const HEAD = ['', 'req/s', 'CPU µs/req', 'p50 ms', 'p97.5', 'p99', 'throughput', 'CPU', 'busy', 'store commands'];

/** One table per way, platform and route, medians over the rounds, ratios paired by round. */
export function measurementTables(measurements: Measurements): string {
  return WAYS.flatMap((way) =>
    PLATFORMS.flatMap((platform) => ROUTES.map((route) => tableOf(measurements, platform, way, route))),
  )
    .filter((table) => table !== '')
    .join('\n\n');
}

/** One line per figure. */
export function figureTable(figures: readonly Figure[]): string {
  return figures
    .map(({ verdict, what, found }) => `  ${verdict.padEnd(13)}${what}${found === '' ? '' : `: ${found}`}`)
    .join('\n');
}

function tableOf(measurements: Measurements, platform: Platform, way: Way, route: Route): string {
  const cells = measurements.on(platform, way, route);
  if (cells.length === 0) return '';
  const reference = measurements.cell(idOf(platform, way, referenceOf(way, route)), route);
  const noise = noiseOn(measurements, platform, way, route);
  const title = `${platform} over ${way}, ${route}${reference === undefined ? '' : `: ratios against "${reference.contender.label}"`}`;
  const self =
    noise === undefined
      ? ''
      : `, which against itself lies within ± ${noise.ratio.toFixed(3)} and ± ${noise.cpu.toFixed(1)} µs`;
  return `${title}${self}\n${textTable([HEAD, ...cells.map((cell) => rowOf(cell, reference))])}`;
}

function rowOf(cell: Cell, reference: Cell | undefined): string[] {
  const busy = medianOf(cell, 'serverBusy');
  return [
    cell.contender.label,
    medianOf(cell, 'requestsPerSecond').toFixed(0),
    medianOf(cell, 'cpu').toFixed(1),
    medianOf(cell, 'p50').toFixed(2),
    medianOf(cell, 'p97_5').toFixed(2),
    medianOf(cell, 'p99').toFixed(2),
    reference === undefined ? '' : Comparison.throughput(cell, reference).median.toFixed(3),
    reference === undefined ? '' : Comparison.cpu(cell, reference).median.toFixed(3),
    `${(busy * 100).toFixed(0)} %${busy < BUSY ? '!' : ''}`,
    commandText(cell),
  ];
}
