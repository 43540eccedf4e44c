import assert from 'node:assert/strict';
import { casesOf } from '../compliance-case.js';
import { assertAnswer, type ComplianceContext } from '../compliance-context.js';
import { type HeldSession, inAnHour, nextWrite, payloadOf } from '../sample-session.js';
import { beforeDeadline, clockPasses } from '../waiting.js';

const DAY_MS = 86_400_000;

/** A session whose deadline has passed at both servers, which had returned it before. */
async function expired(context: ComplianceContext): Promise<HeldSession> {
  const { done } = await beforeDeadline(async (expiresAt) => {
    const held = await context.create({ expiresAt });
    await context.assertStored(held);
    return held;
  });
  await context.assertExpires(done);
  return done;
}

/** What a deadline promises. Short ones are real: a store counts by its own clock. */
export const expiryCases = casesOf('expiry', {
  'a session is refused at both servers once its deadline has passed': async (context) => {
    await expired(context);
  },

  'a save does not bring an expired session back': async (context) => {
    const held = await expired(context);
    const result = await context.a.save(nextWrite(held, { expiresAt: inAnHour() }));
    assertAnswer(result.status, context.expected.saveOfExpired);
    await context.assertExpires(held);
  },

  'a touch does not bring an expired session back': async (context) => {
    const held = await expired(context);
    assert.equal((await context.b.touch(held.record, inAnHour())).status, 'gone');
    await context.assertExpires(held);
  },

  'destroying an expired session finds nothing': async (context) => {
    const held = await expired(context);
    assert.equal(await context.a.destroy(held.token), 'gone');
    assert.equal(await context.b.destroy(held.token, held.record.version), 'gone');
  },

  'a save moves the deadline forward': async (context) => {
    const { deadline, done } = await beforeDeadline(async (expiresAt) => {
      const held = await context.create({ expiresAt });
      await context.load(context.b, held);
      return context.save(context.a, held, { expiresAt: inAnHour() });
    });
    await clockPasses(deadline + context.expiryResolutionMs);
    await context.assertStored(done);
  },

  'a save moves the deadline back': async (context) => {
    const { done } = await beforeDeadline(async (expiresAt) =>
      context.save(context.a, await context.create(), { expiresAt, payload: payloadOf('short') }),
    );
    await context.assertExpires(done);
  },

  'a touched session outlives its first deadline': async (context) => {
    const { deadline, done } = await beforeDeadline(async (expiresAt) => {
      const held = await context.create({ expiresAt });
      await context.load(context.b, held);
      return context.touch(context.a, held, inAnHour());
    });
    await clockPasses(deadline + context.expiryResolutionMs);
    await context.assertAlive(done);
    await context.assertStored(done);
  },

  'a touched session is refused once its new deadline has passed': async (context) => {
    const { done } = await beforeDeadline(async (expiresAt) =>
      context.touch(context.a, await context.create({ expiresAt: expiresAt - 1 }), expiresAt),
    );
    await context.assertExpires(done);
  },

  'a session may live for more than a year': async (context) => {
    const held = await context.create({ expiresAt: Date.now() + 400 * DAY_MS });
    await context.assertStored(held);
    const touched = await context.touch(context.a, held, Date.now() + 500 * DAY_MS);
    await context.assertStored(touched, held.record.expiresAt);
  },

  'a destroyed session is refused at the latest when its deadline has passed': async (context) => {
    const { done } = await beforeDeadline(async (expiresAt) => {
      const held = await context.create({ expiresAt });
      await context.load(context.b, held);
      assert.equal(await context.a.destroy(held.token), 'destroyed');
      return held;
    });
    await context.assertExpires(done);
  },
});
