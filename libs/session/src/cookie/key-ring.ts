import { createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { KEY_BYTES, NONCE_BYTES, TAG_BYTES, Xaes256Gcm } from './xaes-256-gcm.js';

/**
 * Characters of the longest token. With a name, a domain and a lifetime as long as they may be the whole Set-Cookie line stays below 4,000
 * bytes: proxies take 4 kB for all headers of an answer (nginx, `proxy_buffer_size`), browsers 4,096 for name and value (RFC 6265bis, 5.6).
 */
export const LONGEST_TOKEN = 3_500;

/**
 * A token, before base64url:
 *
 * | bytes | what                                                                 |
 * | ----- | -------------------------------------------------------------------- |
 * | 1     | format, 1                                                            |
 * | 8     | key id: which secret of the ring                                     |
 * | 24    | random nonce, of this token alone                                    |
 * | …     | content, encrypted with XAES-256-GCM; all before it and the purpose are its associated data |
 * | 16    | tag                                                                  |
 */
const FORMAT = 1;
const KEY_ID = { start: 1, end: 9 };
const NONCE = { start: KEY_ID.end, end: KEY_ID.end + NONCE_BYTES };

/** Bytes of the largest content that a token can hold. */
export const LARGEST_CONTENT = Math.floor((LONGEST_TOKEN * 3) / 4) - NONCE.end - TAG_BYTES;

/** Seals content into tokens, and opens those that were sealed with any of its secrets for the same purpose. */
export class KeyRing {
  readonly #keys = new Map<string, Xaes256Gcm>();
  readonly #sealing: RingKey;
  readonly #purpose: Buffer;
  readonly #nonces = new Nonces();

  /** @param secrets at least one; the first seals (CVE-2025-47278: a ring that sealed with its oldest) */
  constructor([first, ...others]: readonly string[], purpose: string) {
    this.#purpose = Buffer.from(purpose);
    this.#sealing = keyOf(first as string);
    for (const { id, cipher } of [this.#sealing, ...others.map(keyOf)]) this.#keys.set(id.toString('latin1'), cipher);
  }

  /**
   * A token for this content, another one each time. The content is not compressed: its length would tell what an attacker's part of it
   * has in common with the rest (CRIME, BREACH).
   */
  seal(content: Buffer): string {
    const { id, cipher } = this.#sealing;
    const nonce = this.#nonces.next();
    const header = Buffer.concat([Buffer.of(FORMAT), id, nonce]);
    return Buffer.concat([header, cipher.seal(nonce, content, this.#associated(header))]).toString('base64url');
  }

  /**
   * The content of a token; null for whatever this ring has not sealed for this purpose, in every case the same answer. There is no
   * second way of reading it (CVE-2026-39324). What is too long, or names a secret that is not in the ring, costs no cryptography.
   */
  open(token: string): Buffer | null {
    if (token.length > LONGEST_TOKEN) return null;
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length < NONCE.end + TAG_BYTES || bytes[0] !== FORMAT) return null;
    const cipher = this.#keys.get(bytes.toString('latin1', KEY_ID.start, KEY_ID.end));
    // Node decodes texts that it would not write: other alphabets, padding, spaces, stray bits at the end.
    if (cipher === undefined || bytes.toString('base64url') !== token) return null;
    const header = bytes.subarray(0, NONCE.end);
    const nonce = bytes.subarray(NONCE.start, NONCE.end);
    return cipher.open(nonce, bytes.subarray(NONCE.end), this.#associated(header));
  }

  #associated(header: Buffer): Buffer {
    return Buffer.concat([header, this.#purpose]);
  }
}

/** Random nonces, 128 for each call of the system's source: a call takes 5 µs, however few bytes it is for. */
class Nonces {
  #bytes = Buffer.alloc(0);

  next(): Buffer {
    if (this.#bytes.length === 0) this.#bytes = randomBytes(128 * NONCE_BYTES);
    const nonce = this.#bytes.subarray(0, NONCE_BYTES);
    this.#bytes = this.#bytes.subarray(NONCE_BYTES);
    return nonce;
  }
}

interface RingKey {
  /** By which tokens name the secret; tells nothing of it. */
  readonly id: Buffer;
  readonly cipher: Xaes256Gcm;
}

function keyOf(secret: string): RingKey {
  const key = createSecretKey(Buffer.from(secret));
  const derived = (purpose: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', key, '', `nestjs-shared-session cookie ${purpose}`, bytes));
  return { id: derived('key id', KEY_ID.end - KEY_ID.start), cipher: new Xaes256Gcm(derived('key', KEY_BYTES)) };
}
