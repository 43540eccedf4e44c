import assert from 'node:assert/strict';
import { casesOf } from '../compliance-case.js';
import { assertAnswer, saved } from '../compliance-context.js';
import { newRecord, nextWrite, payloadOf } from '../sample-session.js';

/** What `touch` promises. */
export const touchCases = casesOf('touch', {
  'a touch moves the deadline forward and leaves everything else alone': async (context) => {
    const held = await context.create({ principal: 'ann', authenticatedAt: Date.now(), payload: payloadOf({ n: 1 }) });
    const touched = await context.touch(context.b, held, held.record.expiresAt + 60_000);
    await context.assertStored(touched, held.record.expiresAt);
  },

  'a touch never moves the deadline back': async (context) => {
    const held = await context.create();
    const { token, version } = saved(await context.b.touch(held.record, held.record.expiresAt - 60_000));
    assert.equal(version, 1);
    await context.assertStored({ token, record: held.record });
  },

  'a touch made from an earlier deadline does not undo a later one': async (context) => {
    const held = await context.create();
    const late = await context.touch(context.a, held, held.record.expiresAt + 120_000);
    const early = saved(await context.b.touch(held.record, held.record.expiresAt + 60_000));
    const expiresAt = context.isStored ? late.record.expiresAt : held.record.expiresAt + 60_000;
    await context.assertStored({ token: early.token, record: { ...held.record, expiresAt } }, held.record.expiresAt);
  },

  'a session that was touched is saved as if it was not': async (context) => {
    const held = await context.create();
    const touched = await context.touch(context.a, held, held.record.expiresAt + 60_000);
    await context.assertStored(await context.save(context.b, touched, { payload: payloadOf({ n: 2 }) }));
  },

  'a touch is no conflict although another version was saved meanwhile, and keeps that version': async (context) => {
    const held = await context.create();
    const updated = await context.save(context.a, held, { payload: payloadOf({ n: 2 }) });
    const expiresAt = updated.record.expiresAt + 60_000;
    const { token, version } = saved(await context.b.touch(held.record, expiresAt));
    const kept = context.isStored ? updated.record : held.record;
    assert.equal(version, kept.version);
    await context.assertStored({ token, record: { ...kept, expiresAt } }, kept.expiresAt);
  },

  'a save made from before a touch is accepted': async (context) => {
    const held = await context.create();
    await context.touch(context.a, held, held.record.expiresAt + 60_000);
    const write = nextWrite(held, { expiresAt: held.record.expiresAt + 90_000, payload: payloadOf({ n: 2 }) });
    await context.assertStored(context.accepted(write, await context.b.save(write)));
  },

  'a touch of what was never stored is gone and creates nothing, unless the token is the record': async (context) => {
    const record = { ...newRecord(), version: 1 };
    const result = await context.a.touch(record, record.expiresAt + 60_000);
    assertAnswer(result.status, context.expected.writeOfUnknown);
    await context.create({ id: record.id });
  },
});
