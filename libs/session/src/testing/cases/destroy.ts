import assert from 'node:assert/strict';
import type { SaveResult } from '../../contracts/repository.js';
import { newSessionId } from '../../contracts/session-id.js';
import { casesOf } from '../compliance-case.js';
import { assertAnswer, type ComplianceContext, tokensOf } from '../compliance-context.js';
import { type HeldSession, nextWrite, payloadOf } from '../sample-session.js';

/** A session that server `a` has destroyed. */
async function destroyed(context: ComplianceContext): Promise<HeldSession> {
  const held = await context.create();
  assert.equal(await context.a.destroy(held.token), 'destroyed');
  return held;
}

/** Late writes were answered as the guarantees say, and neither the old token nor one of theirs opens anything. */
async function assertStaysDead(context: ComplianceContext, held: HeldSession, late: SaveResult[]): Promise<void> {
  for (const { status } of late) assertAnswer(status, context.expected.writeOfDestroyed);
  await context.assertRevoked(held.token, ...tokensOf(late));
}

/** What `destroy` promises, and that nothing brings a session back. */
export const destroyCases = casesOf('destroy', {
  'a session destroyed at one server is refused at both, as soon as promised': async (context) => {
    const created = await context.create();
    const held = await context.save(context.b, created);
    await context.load(context.b, held);
    assert.equal(await context.a.destroy(held.token), 'destroyed');
    await context.assertRevoked(held.token, created.token);
  },

  'destroying the stored version is accepted': async (context) => {
    const held = await context.save(context.a, await context.create());
    assert.equal(await context.b.destroy(held.token, held.record.version), 'destroyed');
    await context.assertRevoked(held.token);
  },

  'destroying the stored version is accepted although it was touched': async (context) => {
    const created = await context.create();
    const held = await context.touch(context.a, created, created.record.expiresAt + 60_000);
    assert.equal(await context.b.destroy(held.token, held.record.version), 'destroyed');
    await context.assertRevoked(held.token);
  },

  'destroying a version that was replaced is a conflict and leaves the session': async (context) => {
    const first = await context.create();
    const second = await context.save(context.a, first, { payload: payloadOf('second') });
    const answer = await context.b.destroy(first.token, first.record.version);
    assertAnswer(answer, context.expected.staleDestroy);
    if (context.comparesVersions) await context.assertStored(second);
  },

  'destroying what is not there is gone': async ({ a, b }) => {
    const id = newSessionId();
    assert.equal(await a.destroy(id), 'gone');
    assert.equal(await b.destroy(id, 1), 'gone');
  },

  'a second destroy finds nothing, unless the token is the record': async (context) => {
    const held = await destroyed(context);
    assertAnswer(await context.b.destroy(held.token), context.expected.secondDestroy);
    assertAnswer(await context.a.destroy(held.token, held.record.version), context.expected.secondDestroy);
    await context.assertRevoked(held.token);
  },

  'a save does not bring a destroyed session back': async (context) => {
    const held = await destroyed(context);
    const results = [
      await context.b.save(nextWrite(held, { payload: payloadOf('too late') })),
      await context.a.save(nextWrite(held, { payload: payloadOf('later still') })),
    ];
    await assertStaysDead(context, held, results);
  },

  'a save that is sent again does not bring a destroyed session back': async (context) => {
    const held = await context.create();
    const write = nextWrite(held, { payload: payloadOf('before') });
    const updated = context.accepted(write, await context.a.save(write));
    assert.equal(await context.a.destroy(updated.token), 'destroyed');
    await assertStaysDead(context, updated, [await context.b.save(write)]);
  },

  'a touch does not bring a destroyed session back': async (context) => {
    const held = await destroyed(context);
    const later = held.record.expiresAt + 60_000;
    const results = [await context.b.touch(held.record, later), await context.a.touch(held.record, later)];
    await assertStaysDead(context, held, results);
  },
});
