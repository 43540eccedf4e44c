import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KEY_BYTES, NONCE_BYTES, Xaes256Gcm } from './xaes-256-gcm.js';

describe('XAES-256-GCM', () => {
  // The vectors of the specification: a key whose CMAC subkey is a mere shift, and one where the field's polynomial comes in.
  it.each([
    [1, '', 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271'],
    [3, 'c2sp.org/XAES-256-GCM', '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d'],
  ])('seals what its specification seals, with keys of %i', (byte, associated, sealed) => {
    const xaes = new Xaes256Gcm(Buffer.alloc(KEY_BYTES, byte));
    const nonce = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX');
    expect(xaes.seal(nonce, Buffer.from('XAES-256-GCM'), Buffer.from(associated)).toString('hex')).toBe(sealed);
    expect(xaes.open(nonce, Buffer.from(sealed, 'hex'), Buffer.from(associated))?.toString()).toBe('XAES-256-GCM');
  });

  it('opens only with the same key, nonce and associated data, and only what is whole', () => {
    const [key, nonce, content, associated] = [KEY_BYTES, NONCE_BYTES, 100, 20].map((bytes) => randomBytes(bytes)) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    const xaes = new Xaes256Gcm(key);
    const sealed = xaes.seal(nonce, content, associated);
    expect(xaes.open(nonce, sealed, associated)).toEqual(content);
    for (let at = 0; at < NONCE_BYTES; at += 1) expect(xaes.open(flipped(nonce, at), sealed, associated)).toBeNull();
    for (let at = 0; at < sealed.length; at += 1) expect(xaes.open(nonce, flipped(sealed, at), associated)).toBeNull();
    expect(xaes.open(nonce, sealed, flipped(associated, 0))).toBeNull();
    expect(xaes.open(nonce, sealed.subarray(1), associated)).toBeNull();
    for (let at = 0; at < KEY_BYTES; at += 1) {
      expect(new Xaes256Gcm(flipped(key, at)).open(nonce, sealed, associated)).toBeNull();
    }
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
}
