import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Play, scenarios } from './scenario.fixture.js';

const RUNS = Number(process.env['MODEL_RUNS'] ?? 150);

describe('Three to five peers, against one simple register', () => {
  it('lose nothing acknowledged, revive nothing, and answer nothing older than was presented', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        expect(await new Play(scenario).run()).toBeUndefined();
      }),
      { numRuns: RUNS, endOnFailure: false },
    );
  }, 600_000);
});
