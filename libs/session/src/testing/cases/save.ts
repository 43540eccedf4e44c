import assert from 'node:assert/strict';
import { casesOf } from '../compliance-case.js';
import { assertAnswer, type ComplianceContext } from '../compliance-context.js';
import { type HeldSession, newRecord, nextWrite, payloadOf } from '../sample-session.js';

/** A save made from another version than the stored one: refused, or accepted as a whole. */
async function saveFromWrongVersion(context: ComplianceContext, from: HeldSession, stored: HeldSession): Promise<void> {
  const write = nextWrite(from, { payload: payloadOf('made from the wrong version') });
  const result = await context.b.save(write);
  assertAnswer(result.status, context.expected.staleSave);
  await context.assertStored(result.status === 'saved' ? context.accepted(write, result) : stored);
}

/** What `save` promises above version 0. */
export const saveCases = casesOf('save', {
  'an update at one server is seen at the other, one version higher each time': async (context) => {
    let held = await context.create();
    for (const n of [1, 2, 3, 4, 5]) {
      held = await context.save(n % 2 === 0 ? context.a : context.b, held, { payload: payloadOf({ n }) });
      assert.equal(held.record.version, n + 1);
      await context.assertStored(held);
    }
  },

  'a save from a version that was replaced is a conflict, or wins where the last write does': async (context) => {
    const first = await context.create();
    const second = await context.save(context.a, first, { payload: payloadOf('second') });
    await saveFromWrongVersion(context, first, second);
  },

  'a save from a version that was never reached is a conflict, or wins where the last write does': async (context) => {
    const held = await context.create();
    await saveFromWrongVersion(context, { ...held, record: { ...held.record, version: 5 } }, held);
  },

  'an update of what was never stored is gone and creates nothing, unless the token is the record': async (context) => {
    const record = { ...newRecord(), version: 1 };
    assertAnswer((await context.a.save(record)).status, context.expected.writeOfUnknown);
    await context.create({ id: record.id });
  },

  'a write that met a conflict is accepted when it is made again from the stored version': async (context) => {
    const first = await context.create();
    const second = await context.save(context.a, first, { payload: payloadOf('second') });
    const write = nextWrite(first, { payload: payloadOf('third') });
    assertAnswer((await context.b.save(write)).status, context.expected.staleSave);
    const again = { ...write, version: (await context.load(context.b, second)).version };
    await context.assertStored(context.accepted(again, await context.b.save(again)));
  },

  'an update that is sent twice counts once': async (context) => {
    const held = await context.create();
    const write = nextWrite(held, { payload: payloadOf({ basket: ['tea'] }) });
    const first = context.accepted(write, await context.a.save(write));
    const second = context.accepted(write, await context.b.save(write));
    await context.assertStored(first);
    await context.assertStored(await context.save(context.a, second, { payload: payloadOf('goes on') }));
  },

  'an update that is sent again after a touch counts once': async (context) => {
    const held = await context.create();
    const write = nextWrite(held, { payload: payloadOf({ basket: ['tea'] }) });
    const updated = context.accepted(write, await context.a.save(write));
    const touched = await context.touch(context.b, updated, updated.record.expiresAt + 60_000);
    context.accepted(write, await context.a.save(write));
    await context.assertStored(touched, updated.record.expiresAt);
  },

  'an update that is sent again after another one does not undo it': async (context) => {
    const held = await context.create();
    const write = nextWrite(held, { payload: payloadOf('first') });
    const first = context.accepted(write, await context.a.save(write));
    const second = await context.save(context.a, first, { payload: payloadOf('second') });
    const again = await context.b.save(write);
    assertAnswer(again.status, context.expected.staleSave);
    await context.assertStored(again.status === 'saved' ? context.accepted(write, again) : second);
  },
});
