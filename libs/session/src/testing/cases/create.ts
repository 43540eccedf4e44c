import assert from 'node:assert/strict';
import { newWriteId } from '../../contracts/session-id.js';
import { casesOf } from '../compliance-case.js';
import { assertAnswer, saved } from '../compliance-context.js';
import { newRecord, payloadOf } from '../sample-session.js';

/** What `save` promises for version 0. */
export const createCases = casesOf('create', {
  'a session created at one server is there at the other': async (context) => {
    const held = await context.create();
    assert.equal(held.record.version, 1);
    await context.assertStored(held);
  },

  'an id is never created twice by different writes': async (context) => {
    const held = await context.create();
    const intruder = newRecord({ id: held.record.id, payload: payloadOf({ intruder: true }) });
    const result = await context.b.save(intruder);
    assertAnswer(result.status, context.expected.secondCreate);
    await context.assertStored(held);
  },

  'a creation that is sent twice counts once': async (context) => {
    const record = newRecord();
    const first = context.accepted(record, await context.a.save(record));
    const second = context.accepted(record, await context.b.save(record));
    await context.assertStored(first);
    await context.assertStored(second);
  },

  'a creation that is sent again after an update does not undo it': async (context) => {
    const record = newRecord();
    const created = context.accepted(record, await context.a.save(record));
    const updated = await context.save(context.a, created, { payload: payloadOf({ basket: ['tea'] }) });
    assertAnswer((await context.b.save(record)).status, context.expected.secondCreate);
    await context.assertStored(updated);
  },

  'ids that differ only in the case of a letter are different sessions': async (context) => {
    const id = newRecord().id.replace(/^./, 'a');
    const lower = await context.create({ id, payload: payloadOf('lower') });
    const upper = await context.create({ id: id.replace(/^./, 'A'), payload: payloadOf('upper') });
    await context.assertStored(lower);
    await context.assertStored(upper);
  },

  'ids that differ only in their last character are different sessions': async (context) => {
    const id = newRecord().id.slice(0, -1);
    const first = await context.create({ id: `${id}A`, payload: payloadOf('first') });
    const second = await context.create({ id: `${id}B`, payload: payloadOf('second') });
    await context.assertStored(first);
    await context.assertStored(second);
  },

  'what is stored does not change with the object that was given': async (context) => {
    const given = { ...newRecord() };
    const held = context.accepted({ ...given }, await context.a.save(given));
    Object.assign(given, { payload: payloadOf('changed'), principal: 'mallory', version: 7, writeId: newWriteId() });
    await context.assertStored(held);
  },

  'what is stored does not change with the object that was returned': async (context) => {
    const held = await context.create();
    Reflect.set(await context.load(context.a, held), 'payload', payloadOf('changed'));
    await context.assertStored(held);
  },

  'the token of a stored session stays, that of a client-held one is new with every write': async (context) => {
    const held = await context.create();
    const updated = await context.save(context.b, held);
    const touched = saved(await context.a.touch(updated.record, updated.record.expiresAt + 60_000));
    const tokens = new Set([held.token, updated.token, touched.token]);
    assert.equal(tokens.size, context.isStored ? 1 : 3);
  },
});
