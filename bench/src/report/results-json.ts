import { writeFile } from 'node:fs/promises';
import type { BenchOptions } from '../arguments.js';
import type { Figure } from '../figures.js';
import { type Cell, type Measurements, medianOf } from '../measurement.js';
import { resultPath } from './results-folder.js';
import { machine, versions } from 'measuring';

const FILE = 'bench.json';
const FIGURES = ['requestsPerSecond', 'cpu', 'p50', 'p97_5', 'p99', 'serverBusy', 'loadBusy'] as const;

/** Writes everything that was measured; returns the file's name. */
export async function writeJson(
  measurements: Measurements,
  figures: readonly Figure[],
  options: BenchOptions,
): Promise<string> {
  const { rounds, generations, seconds } = options;
  const results = {
    at: new Date().toISOString(),
    machine: machine(),
    versions: versions(),
    options: { rounds, generations, seconds },
    figures,
    cells: measurements.cells.map(cellAsJson),
  };
  await writeFile(await resultPath(FILE), `${JSON.stringify(results, undefined, 2)}\n`);
  return FILE;
}

function cellAsJson(cell: Cell): object {
  const { contender, route, commands, samples } = cell;
  const medians = Object.fromEntries(FIGURES.map((figure) => [figure, medianOf(cell, figure)]));
  return { contender: contender.id, label: contender.label, route, medians, commands, samples };
}
