import { describe, expect, it } from 'vitest';
import { newSessionId, storageKey } from '../contracts/session-id.js';
import { rendezvous } from './rendezvous.js';

const SESSIONS = 20_000;
const digests = Array.from({ length: SESSIONS }, () => storageKey(newSessionId()));

function namesOf(nodes: number): string[] {
  return Array.from({ length: nodes }, (_, n) => `10.0.0.${n + 1}:11211`);
}

/** The name of the node that each session is on. */
function placement(names: readonly string[]): string[] {
  const choose = rendezvous(names);
  return digests.map((digest) => names[choose(digest)]!);
}

/** Six standard deviations of a share, so that chance does not fail the test. */
function tolerance(share: number): number {
  return 6 * Math.sqrt((share * (1 - share)) / SESSIONS);
}

describe('The choice of a node', () => {
  it.each([1, 2, 3, 5, 16])('gives each of %d nodes its share', (nodes) => {
    const names = namesOf(nodes);
    const placed = placement(names);
    for (const name of names) {
      const share = placed.filter((one) => one === name).length / SESSIONS;
      expect(Math.abs(share - 1 / nodes)).toBeLessThan(tolerance(1 / nodes) + 1e-9);
    }
  });

  it.each([1, 2, 3, 9])('moves only the share of the one that joins %d nodes, and all of that to it', (nodes) => {
    const before = placement(namesOf(nodes));
    const after = placement(namesOf(nodes + 1));
    const moved = after.filter((name, index) => name !== before[index]);
    const share = 1 / (nodes + 1);
    expect(Math.abs(moved.length / SESSIONS - share)).toBeLessThan(tolerance(share));
    expect(new Set(moved)).toEqual(new Set([namesOf(nodes + 1).at(-1)]));
  });

  it('moves only the sessions of the node that leaves, to all others alike', () => {
    const names = namesOf(4);
    const before = placement(names);
    const after = placement(names.toSpliced(1, 1));
    expect(before.every((name, index) => name === names[1] || name === after[index])).toBe(true);
    const heirs = after.filter((_, index) => before[index] === names[1]);
    for (const heir of names.toSpliced(1, 1)) {
      const share = heirs.filter((name) => name === heir).length / heirs.length;
      expect(Math.abs(share - 1 / 3)).toBeLessThan(2 * tolerance(1 / 3));
    }
  });

  it('does not depend on the order of the list', () => {
    expect(placement(namesOf(5).toReversed())).toEqual(placement(namesOf(5)));
  });

  it('is the same in every version of this library: another one would log out everybody', () => {
    const choose = rendezvous(['a:11211', 'b:11211', 'c:11211']);
    const chosen = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'].map((id) => choose(storageKey(id)));
    expect(chosen).toMatchInlineSnapshot(`
      [
        0,
        1,
        1,
        1,
        1,
        1,
        1,
        1,
        2,
        2,
      ]
    `);
  });
});
