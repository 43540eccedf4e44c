import { describe, expect, it, test } from 'vitest';
import { resultsOf, trialsOf } from '../results.fixture.js';
import { type Claim, judge, type Verdict } from './claim.js';
import { CLAIMS, findingsOf } from './claims.js';

type Values = Readonly<Record<string, number | readonly [number, number]>>;

const IDS = '0 M1 M2 M3 M4 M5 M6 C1 C2 C3 S1 S2 S3 N1 N2 N3 K1 K2 K3 K4 K5 R1 R2 R3'.split(' ');

/** Figures, and what they make of a claim: for each claim at least two verdicts. */
const CASES: Readonly<Record<string, readonly (readonly [Verdict, Values])[]>> = {
  '0': [
    ['confirmed', { elsewhere: 0 }],
    ['refuted', { elsewhere: 100 }],
  ],
  M1: [
    ['confirmed', { elsewhere: 100, stale: 0 }],
    ['refuted', { elsewhere: 99, stale: 0 }],
    ['refuted', { elsewhere: 100, stale: 1 }],
  ],
  M2: [
    ['confirmed', { alone: 0, replicated: 60 }],
    ['answered', { alone: 0, replicated: 99 }],
    ['refuted', { alone: 50, replicated: 99 }],
  ],
  M3: [
    ['answered', { plain: 40, ours: 0 }],
    ['confirmed', { plain: 40, ours: 1 }],
    ['refuted', { plain: 0, ours: 0 }],
  ],
  M4: [
    ['confirmed', { without: [1, 1.2], beside: [1.3, 2] }],
    ['refuted', { without: [1, 1.4], beside: [1.3, 2] }],
    ['refuted', { without: 2, beside: 1 }],
  ],
  M5: [
    ['confirmed', { own: 1, beside: 2 }],
    ['refuted', { own: 2, beside: 2 }],
  ],
  M6: [
    ['refuted', { mysql: 2, redis: 1 }],
    ['confirmed', { mysql: 2.1, redis: 1 }],
  ],
  C1: [
    ['confirmed', { elsewhere: 100 }],
    ['refuted', { elsewhere: 98 }],
  ],
  C2: [
    ['answered', { plain: 50, ours: 0 }],
    ['confirmed', { plain: 50, ours: 1 }],
    ['refuted', { plain: 0, ours: 0 }],
  ],
  C3: [
    ['answered', { plain: 0, header: 100 }],
    ['confirmed', { plain: 0, header: 90 }],
    ['refuted', { plain: 10, header: 100 }],
  ],
  S1: [
    ['confirmed', { elsewhere: 100 }],
    ['refuted', { elsewhere: 0 }],
  ],
  S2: [
    ['answered', { plain: 10, ours: 0 }],
    ['confirmed', { plain: 10, ours: 1 }],
    ['refuted', { plain: 0, ours: 0 }],
  ],
  S3: [
    ['answered', { plain: 80, ours: 0, answered: 99 }],
    ['confirmed', { plain: 80, ours: 1, answered: 99 }],
    ['confirmed', { plain: 80, ours: 0, answered: 50 }],
    ['refuted', { plain: 0, ours: 0, answered: 99 }],
  ],
  N1: [
    ['confirmed', { elsewhere: 100, stale: 0 }],
    ['refuted', { elsewhere: 100, stale: 2 }],
  ],
  N2: [
    ['answered', { alone: 0, three: 95 }],
    ['confirmed', { alone: 0, three: 94 }],
    ['refuted', { alone: 80, three: 100 }],
  ],
  N3: [
    ['confirmed', { readable: 100, writable: 100 }],
    ['refuted', { readable: 100, writable: 99 }],
    ['refuted', { readable: 0, writable: 100 }],
  ],
  K1: [
    ['confirmed', { elsewhere: 100, stale: 0 }],
    ['refuted', { elsewhere: 0, stale: 0 }],
  ],
  K2: [
    ['confirmed', { without: 1, beside: 2, memcached: 1.4 }],
    ['refuted', { without: 1, beside: 2, memcached: 1.6 }],
    ['refuted', { without: 1, beside: 0.5, memcached: 1.1 }],
  ],
  K3: [
    ['answered', { plain: 50, memcached: 0, sealed: 0 }],
    ['confirmed', { plain: 50, memcached: 0, sealed: 1 }],
    ['refuted', { plain: 50, memcached: 1, sealed: 0 }],
    ['refuted', { plain: 0, memcached: 0, sealed: 0 }],
  ],
  K4: [
    ['confirmed', { memcached: 1, files: 2 }],
    ['refuted', { memcached: 1, files: 1.9 }],
  ],
  K5: [
    ['answered', { unused: 40, lost: 80, tiered: 0 }],
    ['confirmed', { unused: 40, lost: 80, tiered: 1 }],
    ['refuted', { unused: 4, lost: 80, tiered: 0 }],
    ['refuted', { unused: 40, lost: 0, tiered: 0 }],
  ],
  R1: [
    ['confirmed', { log: 100, none: 0, memcached: 0 }],
    ['refuted', { log: 99, none: 0, memcached: 0 }],
    ['refuted', { log: 100, none: 5, memcached: 0 }],
  ],
  R2: [
    ['confirmed', { copied: 100 }],
    ['refuted', { copied: 99 }],
  ],
  R3: [
    ['confirmed', { redis: 9, memcached: 8, mysql: 5, files: 6, staleRedis: 0, staleMemcached: 0 }],
    ['refuted', { redis: 9, memcached: 5, mysql: 5, files: 6, staleRedis: 0, staleMemcached: 0 }],
    ['refuted', { redis: 9, memcached: 8, mysql: 5, files: 6, staleRedis: 1, staleMemcached: 0 }],
  ],
};

function claimNamed(id: string): Claim {
  const claim = CLAIMS.find((each) => each.id === id);
  if (claim === undefined) throw new Error(`There is no claim ${id}`);
  return claim;
}

describe('The claims', () => {
  it('are the 24 of the article, each with its experiment and its rule in words', () => {
    expect(CLAIMS.map(({ id }) => id)).toEqual(IDS);
    for (const { statement, experiment, rule } of CLAIMS) {
      for (const text of [statement, experiment, rule]) expect(text).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('are not measured when nothing was', () => {
    expect(findingsOf(resultsOf([]).trials).map(({ verdict }) => verdict)).toEqual(IDS.map(() => 'not measured'));
  });

  test.each(IDS)('%s has figures for two verdicts or more', (id) => {
    expect(new Set(CASES[id]?.map(([verdict]) => verdict)).size).toBeGreaterThan(1);
  });

  test.each(
    Object.entries(CASES).flatMap(([id, cases]) => cases.map(([verdict, values]) => [id, verdict, values] as const)),
  )('%s is %s with %j', (id, verdict, values) => {
    const finding = judge(claimNamed(id), trialsOf(claimNamed(id), values));
    expect(finding.verdict).toBe(verdict);
    expect(finding.cited).toHaveLength(Object.keys(values).length);
  });

  test.each(IDS)('%s is not measured when one of its figures is missing, and says which', (id) => {
    const claim = claimNamed(id);
    const [[, values] = ['confirmed', {}]] = CASES[id] ?? [];
    for (const name of Object.keys(claim.figures)) {
      const { [name]: _gone, ...rest } = values as Record<string, number>;
      const finding = judge(claim, trialsOf(claim, rest));
      expect(finding.verdict).toBe('not measured');
      expect(finding.missing).toEqual([claim.figures[name]]);
    }
  });
});
