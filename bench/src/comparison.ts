import type { Cell, Sample } from './measurement.js';
import { type Interval, median, nestedMedianInterval } from 'measuring';

/** One contender against another on the same route: one value per round, made of the two samples of that round. */
export class Comparison {
  private readonly values: readonly number[];

  private constructor(private readonly byGeneration: readonly (readonly number[])[]) {
    this.values = byGeneration.flat();
  }

  /** Throughput of `a` as a multiple of that of `b`. */
  static throughput(a: Cell, b: Cell): Comparison {
    return Comparison.of(a, b, (x, y) => x.requestsPerSecond / y.requestsPerSecond);
  }

  /** CPU time per request of `a` as a multiple of that of `b`. */
  static cpu(a: Cell, b: Cell): Comparison {
    return Comparison.of(a, b, (x, y) => x.cpu / y.cpu);
  }

  /** CPU microseconds per request that `a` takes more than `b`. */
  static extraCpu(a: Cell, b: Cell): Comparison {
    return Comparison.of(a, b, (x, y) => x.cpu - y.cpu);
  }

  private static of(a: Cell, b: Cell, combine: (x: Sample, y: Sample) => number): Comparison {
    const byGeneration = new Map<number, number[]>();
    a.samples.forEach((x, round) => {
      const y = b.samples[round];
      if (y === undefined) return;
      const values = byGeneration.get(x.generation) ?? [];
      byGeneration.set(x.generation, [...values, combine(x, y)]);
    });
    return new Comparison([...byGeneration.values()]);
  }

  get median(): number {
    return median(this.values);
  }

  /** Where the median lies with 95 % confidence; two processes of one program differ, so generations count as draws too. */
  get interval(): Interval {
    return nestedMedianInterval(this.byGeneration);
  }
}
