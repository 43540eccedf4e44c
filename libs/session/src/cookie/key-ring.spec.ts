import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeEnvelope } from '../contracts/envelope.js';
import { SessionRepository } from '../contracts/repository.js';
import { newRecord } from '../testing/sample-session.js';
import { given, newSecret } from './cookie-sessions.fixture.js';
import { cookieSessions } from './index.js';
import { KeyRing, LARGEST_CONTENT, LONGEST_TOKEN } from './key-ring.js';
import { flipped, mutationsOf, withKeyId } from './token-mutations.fixture.js';

describe('Of a sealed cookie', { timeout: 60_000 }, () => {
  // Lengths of all three kinds, so that two, four or no bits of the last character say nothing.
  it.each([0, 1, 2])('no mutation of ten thousand is accepted, %i bytes past a multiple of three', async (rest) => {
    const sessions: SessionRepository = cookieSessions({ secrets: [newSecret(), newSecret()], revocations: 'none' });
    const payload = `1"${'x'.repeat(30 + rest)}"`;
    const { token, record } = await given(sessions as never, { payload });
    const other = await given(sessions as never, { payload, principal: 'mallory' });
    const mutations = mutationsOf(token, other.token);
    expect(mutations.size).toBeGreaterThan(10_000);
    let accepted = 0;
    for (const mutation of mutations) {
      if ((await sessions.load(mutation)) !== null || (await sessions.destroy(mutation)) !== 'gone') accepted += 1;
    }
    expect(accepted).toBe(0);
    expect(await sessions.load(token)).toEqual(record);
  });

  it('nothing is opened under the id of another secret of the ring', async () => {
    const [first, second] = [newSecret(), newSecret()];
    const token = new KeyRing([first, second], 'session').seal(Buffer.from('content'));
    const idOfSecond = Buffer.from(new KeyRing([second], 'session').seal(Buffer.alloc(0)), 'base64url').subarray(1, 9);
    expect(new KeyRing([first, second], 'session').open(withKeyId(token, idOfSecond))).toBeNull();
  });
});

describe('A key ring', { timeout: 60_000 }, () => {
  it('seals with its first secret and opens with any', () => {
    const [old, fresh] = [newSecret(), newSecret()];
    const content = Buffer.from('content');
    const sealedByFirst = new KeyRing([fresh, old], 'session').seal(content);
    expect(new KeyRing([fresh], 'session').open(sealedByFirst)).toEqual(content);
    expect(new KeyRing([old], 'session').open(sealedByFirst)).toBeNull();
    expect(new KeyRing([old, fresh], 'session').open(sealedByFirst)).toEqual(content);
  });

  it('makes another token each time, with nothing in common but format and key', () => {
    const ring = new KeyRing([newSecret()], 'session');
    const tokens = Array.from({ length: 100 }, () => Buffer.from(ring.seal(Buffer.alloc(64)), 'base64url'));
    expect(new Set(tokens.map((bytes) => bytes.toString('latin1', 0, 9))).size).toBe(1);
    for (const part of [
      [9, 25],
      [25, 41],
      [41, 57],
      [89, 105],
    ] as const) {
      expect(new Set(tokens.map((bytes) => bytes.toString('latin1', ...part))).size).toBe(100);
    }
  });

  it('does not compress: contents of one length make tokens of one length', () => {
    const ring = new KeyRing([newSecret()], 'session');
    const monotonous = ring.seal(Buffer.alloc(2_000));
    expect(monotonous).toHaveLength(ring.seal(randomBytes(2_000)).length);
    expect(monotonous.length).toBeGreaterThan(2_000);
  });

  it('fills its longest token to the last byte, and opens nothing longer', () => {
    const ring = new KeyRing([newSecret()], 'session');
    const largest = randomBytes(LARGEST_CONTENT);
    const token = ring.seal(largest);
    expect(token.length).toBeLessThanOrEqual(LONGEST_TOKEN);
    expect(ring.open(token)).toEqual(largest);
    const oversized = ring.seal(randomBytes(LARGEST_CONTENT + 1));
    expect(oversized.length).toBeGreaterThan(LONGEST_TOKEN);
    expect(ring.open(oversized)).toBeNull();
  });

  it('does no cryptography for what is too long, of another format, or names a secret that it has not', () => {
    const ring = new KeyRing([newSecret()], 'session');
    const content = Buffer.from(encodeEnvelope(newRecord()));
    const foreign = new KeyRing([newSecret()], 'session').seal(content);
    const forged = flipped(ring.seal(content), 200);
    const perCall = (token: string): number => {
      const began = process.cpuUsage();
      let opened = 0;
      for (let n = 0; n < 2_000; n += 1) if (ring.open(token) !== null) opened += 1;
      const { user, system } = process.cpuUsage(began);
      expect(opened).toBe(0);
      return user + system;
    };
    perCall(forged);
    expect(perCall(foreign)).toBeLessThan(perCall(forged) / 2);
  });
});
