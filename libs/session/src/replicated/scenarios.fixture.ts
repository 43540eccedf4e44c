import * as fc from 'fast-check';

/** How many sessions there are. */
export const KEYS = 2;

/** One thing that happens. */
export type Step =
  | {
      readonly do: 'save' | 'touch' | 'destroy' | 'destroy version' | 'load';
      readonly key: number;
      readonly at: number;
    }
  | { readonly do: 'kill' | 'start' | 'isolate'; readonly at: number }
  | { readonly do: 'cut'; readonly at: number; readonly other: number }
  | { readonly do: 'heal' }
  | { readonly do: 'wait'; readonly ms: number };

/** All that decides a run. */
export interface Scenario {
  readonly peers: number;
  readonly seed: number;
  readonly steps: readonly Step[];
}

const peer = fc.nat(4);
const on = <D extends Step['do']>(name: D) => fc.record({ do: fc.constant(name), key: fc.nat(KEYS - 1), at: peer });
const to = <D extends Step['do']>(name: D) => fc.record({ do: fc.constant(name), at: peer });

/** What may happen to a cluster, and the seed of all chance in it. */
export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  peers: fc.constantFrom(3, 3, 4, 5),
  seed: fc.nat(1_000_000_000),
  steps: fc.array(
    fc.oneof(
      { weight: 8, arbitrary: on('save') },
      { weight: 5, arbitrary: on('load') },
      { weight: 2, arbitrary: on('touch') },
      { weight: 1, arbitrary: on('destroy') },
      { weight: 1, arbitrary: on('destroy version') },
      { weight: 3, arbitrary: to('kill') },
      { weight: 4, arbitrary: to('start') },
      { weight: 1, arbitrary: to('isolate') },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), at: peer, other: peer }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('heal' as const) }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(20) }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 20, max: 1_500 }) }),
      },
    ),
    { maxLength: 70, size: 'max' },
  ),
});
