import { describe, expect, it } from 'vitest';
import { ENVELOPE } from './envelope.js';
import { handleOf, isSessionId, newSessionId, newWriteId, storageKey } from './session-id.js';

describe('A session id', () => {
  it('is 256 random bits as 43 characters, no two alike', () => {
    const ids = new Set(Array.from({ length: 1_000 }, newSessionId));
    expect(ids.size).toBe(1_000);
    for (const id of ids) {
      expect(isSessionId(id)).toBe(true);
      expect(Buffer.from(id, 'base64url')).toHaveLength(32);
    }
  });

  it.each(['', 'x', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}=`, `${'A'.repeat(42)}\n`, `${'A'.repeat(42)}/`])(
    'is not %j',
    (text) => {
      expect(isSessionId(text)).toBe(false);
    },
  );

  it('cannot be told from its storage key or its handle, which are not each other either', () => {
    const id = newSessionId();
    const names = [storageKey(id), handleOf(id)];
    expect(new Set([id, ...names]).size).toBe(3);
    expect(names[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(names[1]).toMatch(/^[\w-]{22}$/);
    expect(Buffer.from(names[0]!, 'hex').toString('base64url')).not.toContain(names[1]);
    expect([storageKey(id), handleOf(id)]).toEqual(names);
    expect(handleOf(newSessionId())).not.toBe(names[1]);
  });

  it('has a write id beside it that is as long as the envelope wants it', () => {
    expect(newWriteId()).toHaveLength(ENVELOPE.writeId.end - ENVELOPE.writeId.start);
  });
});
