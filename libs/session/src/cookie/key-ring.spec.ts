import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeEnvelope } from '../contracts/envelope.js';
import { SessionRepository } from '../contracts/repository.js';
import { newRecord } from '../testing/sample-session.js';
import { given, newSecret } from './cookie-sessions.fixture.js';
import { cookieSessions } from './index.js';
import { KeyRing, LARGEST_CONTENT, LONGEST_TOKEN } from './key-ring.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const KEY_ID = { start: 1, end: 9 };

function flipped(token: string, bit: number): string {
  const bytes = Buffer.from(token, 'base64url');
  const at = Math.floor(bit / 8) % bytes.length;
  bytes[at] = bytes[at]! ^ (1 << (bit % 8));
  return bytes.toString('base64url');
}

function replaced(token: string, at: number, character: string): string {
  return token.slice(0, at) + character + token.slice(at + 1);
}

/** The front of one token and the back of another, cut at a byte. */
function spliced(front: string, back: string, at: number): string {
  const [one, two] = [Buffer.from(front, 'base64url'), Buffer.from(back, 'base64url')];
  return Buffer.concat([one.subarray(0, at), two.subarray(at)]).toString('base64url');
}

function withKeyId(token: string, id: Buffer): string {
  const bytes = Buffer.from(token, 'base64url');
  id.copy(bytes, KEY_ID.start);
  return bytes.toString('base64url');
}

/** At least ten thousand texts that are not `token` but were made from it, or from another one of the same ring. */
function mutationsOf(token: string, other: string): Set<string> {
  const mutations = new Set<string>();
  const length = Buffer.from(token, 'base64url').length;
  for (let bit = 0; bit < length * 8; bit += 1) mutations.add(flipped(token, bit));
  for (let at = 0; at < token.length; at += 1) {
    mutations
      .add(token.slice(0, at))
      .add(token.slice(at))
      .add(token.slice(0, at) + token.slice(at + 1));
    for (let n = 0; n < 12; n += 1) {
      mutations.add(replaced(token, at, ALPHABET[(at * 7 + n * 5) % 64]!));
    }
    for (const stranger of ['+', '/', '=', ' ', '.', '~', '\0', 'é', '%']) {
      mutations.add(replaced(token, at, stranger)).add(token.slice(0, at) + stranger + token.slice(at));
    }
  }
  for (let at = 1; at < length; at += 1) mutations.add(spliced(token, other, at)).add(spliced(other, token, at));
  for (const last of ALPHABET) mutations.add(token.slice(0, -1) + last).add(token + last);
  for (let n = 0; n < 100; n += 1) mutations.add(withKeyId(token, randomBytes(8)));
  const bytes = Buffer.from(token, 'base64url');
  mutations
    .add(bytes.toString('base64'))
    .add(bytes.toString('hex'))
    .add(`${token}=`)
    .add(`${token}==`)
    .add(token.toLowerCase())
    .add(token + token)
    .add(token.slice(1) + token[0])
    .add(encodeURIComponent(`"${token}"`));
  mutations.delete(token);
  mutations.delete(other);
  return mutations;
}

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
