import { describe, expect, it } from 'vitest';
import { ENVELOPE, decodeEnvelope, encodeEnvelope } from './envelope.js';
import type { SessionRecord } from './record.js';
import { newSessionId, newWriteId } from './session-id.js';

const plain: SessionRecord = {
  id: newSessionId(),
  version: 7,
  writeId: newWriteId(),
  createdAt: 1_700_000_000_000,
  expiresAt: 1_800_000_000_000,
  endsAt: 1_900_000_000_000,
  payload: '1["a",5]\n"é😀"',
};

describe('An envelope', () => {
  it.each([
    ['an anonymous session', plain],
    ['a login', { ...plain, principal: 'ann', authenticatedAt: 1_700_000_000_001 }],
    ['a principal in any script', { ...plain, principal: '安娜😀1{', authenticatedAt: 1 }],
    [
      'the largest numbers',
      { ...plain, version: 9_999_999_999, expiresAt: 99_999_999_999_999, endsAt: 99_999_999_999_999 },
    ],
  ])('gives back what was put in: %s', (_, record) => {
    expect(decodeEnvelope(record.id, encodeEnvelope(record))).toEqual(record);
  });

  it('has its fields where a script inside the store looks for them', () => {
    const stored = encodeEnvelope(plain);
    expect(stored.slice(ENVELOPE.version.start, ENVELOPE.version.end)).toBe('0000000007');
    expect(stored.slice(ENVELOPE.expiresAt.start, ENVELOPE.expiresAt.end)).toBe('01800000000000');
    expect(stored.slice(ENVELOPE.writeId.start, ENVELOPE.writeId.end)).toBe(plain.writeId);
    expect(stored.slice(ENVELOPE.headerLength)).toBe(plain.payload);
    expect(Buffer.byteLength(stored.slice(0, ENVELOPE.headerLength))).toBe(ENVELOPE.headerLength);
  });

  it('cut anywhere before its payload is malformed, never an exception', () => {
    const stored = encodeEnvelope({ ...plain, principal: 'ann' });
    for (let length = 0; length <= ENVELOPE.headerLength + 3; length += 1) {
      expect(decodeEnvelope(plain.id, stored.slice(0, length))).toEqual({ rejected: 'malformed' });
    }
  });

  it.each(['', 'null', '[]', '{}', '\u0000', `0${encodeEnvelope(plain).slice(1)}`, `x${encodeEnvelope(plain)}`])(
    'is malformed when it is something else: %j',
    (stored) => {
      expect(decodeEnvelope(plain.id, stored)).toEqual({ rejected: 'malformed' });
    },
  );

  it('of a newer format is told apart, so that it can be left alone', () => {
    expect(decodeEnvelope(plain.id, `2${encodeEnvelope(plain).slice(1)}`)).toEqual({ rejected: 'newer-format' });
  });
});
