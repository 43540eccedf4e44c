import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';

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
 * | 16    | random salt, of this token alone                                     |
 * | …     | content, encrypted with AES-256-GCM; all before it and the purpose are its associated data |
 * | 16    | tag                                                                  |
 */
const FORMAT = 1;
const KEY_ID = { start: 1, end: 9 };
const SALT = { start: 9, end: 25 };
const TAG_BYTES = 16;

/** Bytes of the largest content that a token can hold. */
export const LARGEST_CONTENT = Math.floor((LONGEST_TOKEN * 3) / 4) - SALT.end - TAG_BYTES;

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;

/** Seals content into tokens, and opens those that were sealed with any of its secrets for the same purpose. */
export class KeyRing {
  readonly #keys = new Map<string, KeyObject>();
  readonly #sealing: { readonly id: Buffer; readonly key: KeyObject };
  readonly #purpose: Buffer;

  /** @param secrets at least one; the first seals (CVE-2025-47278: a ring that sealed with its oldest) */
  constructor([first, ...others]: readonly string[], purpose: string) {
    this.#purpose = Buffer.from(purpose);
    this.#sealing = keyOf(first as string);
    for (const { id, key } of [this.#sealing, ...others.map(keyOf)]) this.#keys.set(id.toString('latin1'), key);
  }

  /**
   * A token for this content, another one each time. Every token has a key of its own, so that no key comes near the number of seals
   * after which GCM's nonces repeat (NIST SP 800-38D, 8.3). The content is not compressed: its length would tell what an attacker's part
   * of it has in common with the rest (CRIME, BREACH).
   */
  seal(content: Buffer): string {
    const { id, key } = this.#sealing;
    const header = Buffer.concat([Buffer.of(FORMAT), id, randomBytes(SALT.end - SALT.start)]);
    const own = keyOfToken(key, header);
    const cipher = createCipheriv(CIPHER, own.key, own.nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(this.#associated(header));
    return Buffer.concat([header, cipher.update(content), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /**
   * The content of a token; null for whatever this ring has not sealed for this purpose, in every case the same answer. There is no
   * second way of reading it (CVE-2026-39324). What is too long, or names a secret that is not in the ring, costs no cryptography.
   */
  open(token: string): Buffer | null {
    if (token.length > LONGEST_TOKEN) return null;
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length < SALT.end + TAG_BYTES || bytes[0] !== FORMAT) return null;
    const key = this.#keys.get(bytes.toString('latin1', KEY_ID.start, KEY_ID.end));
    // Node decodes texts that it would not write: other alphabets, padding, spaces, stray bits at the end.
    if (key === undefined || bytes.toString('base64url') !== token) return null;
    const header = bytes.subarray(0, SALT.end);
    const own = keyOfToken(key, header);
    const decipher = createDecipheriv(CIPHER, own.key, own.nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(this.#associated(header));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const content = decipher.update(bytes.subarray(SALT.end, -TAG_BYTES));
    try {
      decipher.final();
      return content;
    } catch {
      return null;
    }
  }

  #associated(header: Buffer): Buffer {
    return Buffer.concat([header, this.#purpose]);
  }
}

/** A secret as a key, and the id by which tokens name it, which tells nothing of it. */
function keyOf(secret: string): { id: Buffer; key: KeyObject } {
  const key = createSecretKey(Buffer.from(secret));
  const id = hkdfSync('sha256', key, '', 'nestjs-shared-session cookie key id', KEY_ID.end - KEY_ID.start);
  return { id: Buffer.from(id), key };
}

function keyOfToken(key: KeyObject, header: Buffer): { key: Buffer; nonce: Buffer } {
  const salt = header.subarray(SALT.start, SALT.end);
  const info = 'nestjs-shared-session cookie key';
  const derived = Buffer.from(hkdfSync('sha256', key, salt, info, KEY_BYTES + NONCE_BYTES));
  return { key: derived.subarray(0, KEY_BYTES), nonce: derived.subarray(KEY_BYTES) };
}
