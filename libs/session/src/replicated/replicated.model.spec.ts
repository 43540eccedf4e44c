import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { memberParts } from './member.js';
import { Play } from './play.fixture.js';
import { scenarios } from './scenarios.fixture.js';
import { WRONG_PARTS } from './wrong-parts.fixture.js';

/** More of them: `MODEL_RUNS=5000 npx vitest run libs/session/src/replicated/replicated.model`. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 150);
/** So many are enough to find each fault below, from this seed. */
const RUNS_TO_FAIL = 300;
const SEED = 20_261_124;

const modelOf = (makeParts?: typeof memberParts) =>
  fc.asyncProperty(scenarios, async (scenario) => {
    expect(await new Play(scenario, makeParts).run()).toBeUndefined();
  });

describe('Three to five peers, against one simple register', () => {
  it('lose nothing acknowledged, revive nothing, and answer nothing older than was presented', async () => {
    await expect(fc.assert(modelOf(), { numRuns: RUNS })).resolves.toBeUndefined();
  }, 900_000);
});

describe('The model notices', () => {
  it.each(WRONG_PARTS)(
    '%s',
    async (_, makeParts) => {
      const { failed } = await fc.check(modelOf(makeParts), { numRuns: RUNS_TO_FAIL, seed: SEED, endOnFailure: true });
      expect(failed).toBe(true);
    },
    120_000,
  );
});
