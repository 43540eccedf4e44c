import { randomBytes } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const KEY_ID = { start: 1, end: 9 };

/** The token with another bit. */
export function flipped(token: string, bit: number): string {
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

/** The token under the id of another secret. */
export function withKeyId(token: string, id: Buffer): string {
  const bytes = Buffer.from(token, 'base64url');
  id.copy(bytes, KEY_ID.start);
  return bytes.toString('base64url');
}

/** At least ten thousand texts that are not `token` but were made from it, or from another one of the same ring. */
export function mutationsOf(token: string, other: string): Set<string> {
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
    .add(`${token}"`)
    .add(token.repeat(8))
    .add(token.toLowerCase())
    .add(token + token)
    .add(token.slice(1) + token[0])
    .add(encodeURIComponent(`"${token}"`));
  mutations.delete(token);
  mutations.delete(other);
  return mutations;
}
