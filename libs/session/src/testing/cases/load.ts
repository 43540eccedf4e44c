import assert from 'node:assert/strict';
import { newSessionId } from '../../contracts/session-id.js';
import { casesOf } from '../compliance-case.js';
import { assertAnswer } from '../compliance-context.js';
import { newRecord, payloadOf } from '../sample-session.js';

const NO_TOKENS = [
  '',
  ' ',
  '*',
  '.',
  '..',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  'C:\\secrets',
  '\0',
  'a'.repeat(42) + '\0',
  '\r\nDELETE',
  "' OR 1=1 --",
  '{"$ne":null}',
  '😀',
  '\ud800',
  'undefined',
  'null',
  'a'.repeat(10_000),
] as const;

function swapCase(text: string): string {
  return text.replaceAll(/[a-zA-Z]/g, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
}

/** What `load` promises beside returning what was stored. */
export const loadCases = casesOf('load', {
  'an id that was never stored is no session': async ({ a, b }) => {
    const id = newSessionId();
    assert.equal(await a.load(id), null);
    assert.equal(await b.load(id, 3), null);
  },

  'what cannot be a token is no session, and no error': async ({ a }) => {
    for (const token of NO_TOKENS) {
      assert.equal(await a.load(token), null);
      assert.equal(await a.destroy(token), 'gone');
    }
  },

  'a token that was altered is no session, and cannot destroy one': async (context) => {
    const held = await context.create();
    const { token } = held;
    const altered = [swapCase(token), token.toLowerCase(), token.slice(0, -1), token.slice(1)];
    altered.push(...[' ', '\n', '\0', 'A', '=', '/'].map((tail) => token + tail), ` ${token}`, token + token);
    for (const other of altered) {
      assert.equal(await context.b.load(other), null);
      assert.equal(await context.b.destroy(other), 'gone');
    }
    await context.assertStored(held);
  },

  'loading creates nothing': async (context) => {
    const record = newRecord();
    assert.equal(await context.a.load(record.id), null);
    assert.equal(await context.b.load(record.id), null);
    const update = { ...record, version: 1 };
    assertAnswer((await context.a.save(update)).status, context.expected.writeOfUnknown);
    assertAnswer((await context.b.touch(update, update.expiresAt)).status, context.expected.writeOfUnknown);
    await context.create({ id: record.id });
  },

  'a server never returns less than the version it is asked for': async (context) => {
    let held = await context.create();
    for (let round = 1; round <= 10; round++) {
      const [writer, reader] = round % 2 === 0 ? [context.a, context.b] : [context.b, context.a];
      await context.load(reader, held);
      held = await context.save(writer, held, { payload: payloadOf({ round }) });
      assert.deepEqual({ ...(await reader.load(held.token, held.record.version)) }, held.record);
      assert.deepEqual({ ...(await context.load(reader, held)) }, held.record);
    }
  },

  'a server never takes a session for dead because it has not heard of it': async (context) => {
    const held = await context.create();
    await context.assertAlive(held);
    await context.assertAlive(await context.save(context.b, held));
  },

  'asked for a version that was never stored, a server answers what there is': async (context) => {
    const held = await context.create();
    for (const server of [context.a, context.b]) {
      assert.deepEqual({ ...(await server.load(held.token, 1_000)) }, held.record);
    }
  },
});
