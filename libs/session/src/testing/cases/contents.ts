import assert from 'node:assert/strict';
import { SessionTooLargeError } from '../../contracts/errors.js';
import { casesOf } from '../compliance-case.js';
import type { ComplianceContext } from '../compliance-context.js';
import { type HeldSession, inAnHour, newRecord, nextWrite, payloadOf } from '../sample-session.js';

const LARGEST_PAYLOAD_BYTES = 65_536;

const PRINCIPALS = [
  'a',
  '4711',
  'Ann.O\'Neill+shop@example.com"\\',
  'Ärger Müßig',
  'Cafe\u0301 is not Caf\u00e9',
  '王小明',
  'محمد بن سلمان',
  'यूज़र',
  '👩‍👩‍👧 𝒰𝓈𝑒𝓇',
  ' spaces around ',
  'tab\tand\nnew line\r\n',
  'true',
  '__proto__',
  'ann'.repeat(80),
] as const;

const PAYLOADS = [
  payloadOf(null),
  payloadOf({}),
  payloadOf(''),
  payloadOf([[], {}, 0, -0, 1e308, false]),
  `1{"":1,"__proto__":{"admin":true},"a.b":{"$set":3},"'; DROP TABLE sessions; --":"\${jndi}"}`,
  payloadOf(Array.from({ length: 0x250 }, (_, code) => String.fromCharCode(code)).join('')),
  payloadOf('\u2028\u2029\ufeff\ufffd\uffff 😀 👩‍👩‍👧 e\u0301 \u202e \u{10ffff}'),
  '1 {"spaces":  "around" } \r\n\t ',
  `1${Array.from({ length: 0x250 }, (_, code) => String.fromCharCode(code)).join('')}\u2028😀\0`,
] as const;

/** A payload of exactly so many bytes in UTF-8, most of them in characters of several bytes. */
function payloadOfBytes(bytes: number): string {
  const filler = '😀ü'.repeat(Math.floor((bytes - 3) / 6));
  return `1"${filler}${'x'.repeat(bytes - 3 - Buffer.byteLength(filler))}"`;
}

/** Too large is a typed refusal, which only a token that holds the record may answer within 64 KiB. */
async function saveOrRefuse(context: ComplianceContext, held: HeldSession, payload: string): Promise<HeldSession> {
  const write = nextWrite(held, { payload });
  try {
    return context.accepted(write, await context.a.save(write));
  } catch (error) {
    if (context.isStored || !(error instanceof SessionTooLargeError)) throw error;
    return held;
  }
}

/** What is stored comes back, all of it. */
export const contentCases = casesOf('contents', {
  'every field of a record comes back': async (context) => {
    const createdAt = Date.now() - 86_400_000;
    await context.assertStored(
      await context.create({
        createdAt,
        authenticatedAt: createdAt + 1,
        principal: 'ann',
        payload: payloadOf({ n: 1 }),
      }),
    );
  },

  'fields that a record does not have stay absent': async (context) => {
    const held = await context.create();
    const loaded = await context.load(context.b, held);
    assert.equal('principal' in loaded, false);
    assert.equal('authenticatedAt' in loaded, false);
  },

  'a principal comes back in any script': async (context) => {
    for (const principal of PRINCIPALS) await context.assertStored(await context.create({ principal }));
  },

  'a payload comes back character by character': async (context) => {
    for (const payload of PAYLOADS) await context.assertStored(await context.create({ principal: '王', payload }));
  },

  'a payload of 64 KiB comes back, or is refused as too large by a token': async (context) => {
    const payload = payloadOfBytes(LARGEST_PAYLOAD_BYTES);
    assert.equal(Buffer.byteLength(payload), LARGEST_PAYLOAD_BYTES);
    const held = await context.create();
    await context.assertStored(await saveOrRefuse(context, held, payload));
  },

  'an update replaces every field that may change, whether it grows or shrinks': async (context) => {
    const anonymous = await context.create({ payload: payloadOf('x'.repeat(1_000)) });
    const login = { principal: 'ann', authenticatedAt: Date.now(), payload: payloadOf('y'.repeat(2_000)) };
    const loggedIn = await context.save(context.b, anonymous, login);
    await context.assertStored(loggedIn);
    const { id, version, createdAt, authenticatedAt, endsAt } = loggedIn.record;
    const fixed = { id, version, createdAt, endsAt, ...(authenticatedAt !== undefined && { authenticatedAt }) };
    const write = { ...newRecord(), ...fixed, expiresAt: inAnHour() };
    await context.assertStored(context.accepted(write, await context.a.save(write)));
  },

  'sessions do not touch each other': async (context) => {
    const ann = await context.create({ principal: 'ann', payload: payloadOf({ of: 'ann' }) });
    const bob = await context.create({ principal: 'bob', payload: payloadOf({ of: 'bob' }) });
    const busyAnn = await context.save(context.b, ann, { payload: payloadOf({ of: 'ann', n: 2 }) });
    await context.assertStored(bob);
    assert.equal(await context.a.destroy(bob.token), 'destroyed');
    await context.assertStored(busyAnn);
  },
});
