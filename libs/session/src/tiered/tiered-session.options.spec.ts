import { describe, expect, it } from 'vitest';
import { SessionConfigError } from '../contracts/errors.js';
import type { Guarantees } from '../contracts/repository.js';
import { MemorySessionRepository, memorySessions } from '../memory/index.js';
import { tieredSessions } from './index.js';

/** A repository that promises something else than the one that it is. */
class Promising extends MemorySessionRepository {
  override readonly guarantees: Guarantees;

  constructor(promise: Partial<Guarantees>) {
    super();
    this.guarantees = { concurrency: 'compare-and-set', reads: 'latest', revocation: 'immediate', ...promise };
  }
}

/** The problems that a configuration is refused with. */
function problemsOf(options: unknown): readonly string[] {
  try {
    Reflect.apply(tieredSessions, undefined, [options]);
  } catch (error) {
    if (error instanceof SessionConfigError) return error.problems;
    throw error;
  }
  return [];
}

const one = memorySessions();
const other = memorySessions();
const clientHeld = new Promising({ reads: 'client-held' });
const lastWriteWins = new Promising({ concurrency: 'last-write-wins' });

describe('options of two tiers', () => {
  it('may be two repositories, the one behind with whatever concurrency', () => {
    expect(problemsOf({ front: one, behind: other, freshForMs: 1, frontTimeoutMs: 1 })).toEqual([]);
    expect(problemsOf({ front: one, behind: lastWriteWins, freshForMs: undefined })).toEqual([]);
  });

  it.each([
    [
      'a front that the client holds',
      { front: clientHeld, behind: one },
      /front: .* does not leave them to the client/,
    ],
    ['a client behind', { front: one, behind: clientHeld }, /behind: .* does not leave them to the client/],
    ['a front where the last write wins', { front: lastWriteWins, behind: one }, /front: the last write wins there/],
    ['one repository twice', { front: one, behind: one }, /the same repository/],
    ['a URL', { front: 'memcached://a', behind: one }, /front: allowed is a session repository/],
    ['no time', { front: one, behind: other, freshForMs: 0 }, /freshForMs: allowed is at least 1/],
    ['an option that is none', { front: one, behind: other, ttl: 1 }, /ttl: there is no such option/],
  ])('may not be %s', (_what, options, problem) => {
    expect(problemsOf(options)).toEqual([expect.stringMatching(problem)]);
  });

  it('are refused with all problems at once', () => {
    expect(problemsOf(undefined)).toHaveLength(2);
    expect(problemsOf({ front: 1, behind: 2, freshForMs: 'x', frontTimeoutMs: 0.5 }).length).toBeGreaterThan(3);
  });

  it.each([
    ['immediate', { withinMs: 5_000 }],
    [{ withinMs: 1_000 }, { withinMs: 6_000 }],
    ['at-expiry', 'at-expiry'],
  ] as const)('make a logout that counts %j behind count %j', (revocation, expected) => {
    const { guarantees } = tieredSessions({ front: one, behind: new Promising({ revocation }) });
    expect(guarantees.revocation).toEqual(expected);
  });
});
