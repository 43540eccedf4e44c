import { type Bar, barChart, type Drawing, stacked, svgFile } from 'measuring';
import { writeFile } from 'node:fs/promises';
import { PLATFORMS, type Platform, type Route, ROUTES, type Way, WAYS } from '../contenders.js';
import { type Cell, type Measurements, medianOf } from '../measurement.js';
import { resultPath } from './results-folder.js';

const FILE = 'bench.svg';

const TITLES: Readonly<Record<Route, string>> = { noop: 'a route without a session', read: 'read', write: 'write' };

/** Writes throughput as bars, those of one platform, way and route together; returns the file's name. */
export async function writeChart(measurements: Measurements): Promise<string> {
  const charts = WAYS.flatMap((way) =>
    PLATFORMS.flatMap((platform) => ROUTES.flatMap((route) => chartOf(measurements, platform, way, route))),
  );
  await writeFile(await resultPath(FILE), svgFile(stacked(charts)));
  return FILE;
}

/** Nothing where nobody was measured. */
function chartOf(measurements: Measurements, platform: Platform, way: Way, route: Route): Drawing[] {
  const cells = measurements.on(platform, way, route).filter(isShown);
  if (cells.length === 0) return [];
  const title = `${platform === 'express' ? 'Express' : 'Fastify'} over ${way}, ${TITLES[route]}: requests per second`;
  return [barChart(title, '/s', cells.map(barOf))];
}

/** The second copies are there for the noise. */
function isShown({ contender }: Cell): boolean {
  return !contender.again;
}

function barOf(cell: Cell): Bar {
  return { name: cell.contender.label, value: medianOf(cell, 'requestsPerSecond'), kind: kindOf(cell) };
}

function kindOf({ contender: { kind } }: Cell): string {
  if (kind === 'shared') return 'ours';
  return kind.startsWith('peer') ? 'peer' : 'baseline';
}
