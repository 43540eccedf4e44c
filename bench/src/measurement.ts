import { type CommandCount, median } from 'measuring';
import type { Contender, Platform, Route, Way } from './contenders.js';

/** One contender on one route in one round. */
export interface Sample {
  /** Which set of fresh processes it comes from. */
  readonly generation: number;
  readonly requestsPerSecond: number;
  /** CPU microseconds of the server process per request. */
  readonly cpu: number;
  /** Latencies in milliseconds. */
  readonly p50: number;
  readonly p97_5: number;
  readonly p99: number;
  /** Which part of a core the server was busy: near 1, or the load was the limit and not the server. */
  readonly serverBusy: number;
  readonly loadBusy: number;
}

/** One contender on one route over all rounds. */
export interface Cell {
  readonly contender: Contender;
  readonly route: Route;
  /** By round, so that those of one round can be compared. */
  readonly samples: readonly Sample[];
  readonly commands: CommandCount;
}

/** All cells of a run. */
export class Measurements {
  constructor(readonly cells: readonly Cell[]) {}

  /** Those on one platform, way and route, in the order in which contenders are listed. */
  on(platform: Platform, way: Way, route: Route): readonly Cell[] {
    return this.cells.filter(
      ({ contender, route: measured }) =>
        contender.platform === platform && contender.way === way && measured === route,
    );
  }

  /** Undefined where it was not measured. */
  cell(contenderId: string, route: Route): Cell | undefined {
    return this.cells.find((cell) => cell.contender.id === contenderId && cell.route === route);
  }
}

/** The median over the rounds. */
export function medianOf(cell: Cell, figure: Exclude<keyof Sample, 'generation'>): number {
  return median(cell.samples.map((sample) => sample[figure]));
}
