import assert from 'node:assert/strict';
import { casesOf } from '../compliance-case.js';

/** What a repository says about itself. Everything else in the suite is derived from it. */
export const guaranteeCases = casesOf('guarantees', {
  'every server states the same guarantees': async ({ a, b }) => {
    assert.deepEqual(b.guarantees, a.guarantees);
  },

  'guarantees are stated in the words of the contract': async ({ guarantees: { concurrency, reads, revocation } }) => {
    assert.ok(['compare-and-set', 'last-write-wins'].includes(concurrency));
    assert.ok(['latest', 'read-your-writes', 'client-held'].includes(reads));
    if (typeof revocation === 'object') {
      assert.ok(Number.isFinite(revocation.withinMs) && revocation.withinMs >= 0);
    } else {
      assert.ok(['immediate', 'at-expiry'].includes(revocation));
    }
  },
});
