import { writeFile } from 'node:fs/promises';
import { PLATFORMS, type Platform, type Route, ROUTES, type Way, WAYS } from '../contenders.js';
import { type Cell, type Measurements, medianOf } from '../measurement.js';
import { resultPath } from './results-folder.js';

const FILE = 'bench.svg';
const BAR = 18;
const GAP = 5;
const GROUP_TITLE = 34;
const LABEL_WIDTH = 300;
const BAR_WIDTH = 420;
const VALUE_WIDTH = 190;
const MARGIN = 20;
const WIDTH = MARGIN * 2 + LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH;
const OURS = '#2f6fde';
const LIMIT = '#7a8794';
const PEERS = '#d9a441';

const TITLES: Readonly<Record<Route, string>> = { noop: 'a route without a session', read: 'read', write: 'write' };

/** Writes throughput as bars, with the CPU time per request beside them; returns the file's name. */
export async function writeChart(measurements: Measurements): Promise<string> {
  const groups = WAYS.flatMap((way) =>
    PLATFORMS.flatMap((platform) => ROUTES.map((route) => ({ platform, way, route }))),
  )
    .map((group) => ({
      ...group,
      cells: measurements.on(group.platform, group.way, group.route).filter(isShown),
    }))
    .filter(({ cells }) => cells.length > 0);
  let y = MARGIN;
  const parts: string[] = [];
  for (const { platform, way, route, cells } of groups) {
    parts.push(groupTitle(platform, way, route, y));
    y += GROUP_TITLE;
    const most = Math.max(...cells.map((cell) => medianOf(cell, 'requestsPerSecond')));
    for (const cell of cells) {
      parts.push(bar(cell, most, y));
      y += BAR + GAP;
    }
  }
  await writeFile(await resultPath(FILE), svg(parts, y + MARGIN));
  return FILE;
}

/** The second copies are there for the noise. */
function isShown({ contender }: Cell): boolean {
  return !contender.again;
}

function groupTitle(platform: Platform, way: Way, route: Route, y: number): string {
  const text = `${platform === 'express' ? 'Express' : 'Fastify'} over ${way}, ${TITLES[route]}: requests per second, CPU per request`;
  return `<text x="${MARGIN}" y="${y + 22}" font-weight="600">${text}</text>`;
}

function bar(cell: Cell, most: number, y: number): string {
  const rate = medianOf(cell, 'requestsPerSecond');
  const width = (rate / most) * BAR_WIDTH;
  const x = MARGIN + LABEL_WIDTH;
  const value = `${rate.toFixed(0)}/s, ${medianOf(cell, 'cpu').toFixed(0)} µs`;
  return [
    `<text x="${x - 8}" y="${y + 13}" text-anchor="end">${cell.contender.label}</text>`,
    `<rect x="${x}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2" fill="${colour(cell)}"/>`,
    `<text x="${(x + width + 8).toFixed(1)}" y="${y + 13}">${value}</text>`,
  ].join('\n');
}

function colour({ contender: { kind } }: Cell): string {
  if (kind === 'shared') return OURS;
  return kind.startsWith('peer') ? PEERS : LIMIT;
}

function svg(parts: readonly string[], height: number): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="13" fill="#1f2933">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}
