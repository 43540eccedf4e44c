const LEAST_BYTES = 32;

/** What is left of a secret without its well-known parts must be as hard to guess as 16 random hexadecimal digits at the very least. */
const LEAST_OWN_CHARACTERS = 16;
const LEAST_DIFFERENT_CHARACTERS = 8;

/** What documentation, tutorials and generated projects write where a secret belongs: 'keyboard cat' and its relatives. */
const PLACEHOLDERS = new RegExp(
  'keyboard|cat|secret|change|replace|insert|password|passphrase|phrase|session|cookie|token|sign|default|example|sample|' +
    'complex|characters?|chars|least|long|log|bigger|than|thirty|two|super|very|really|please|insecure|secure|production|' +
    'development|nestjs|express|fastify|node|test|admin|letmein|qwerty|your|my|this|that|here|with|some|string|random|value|' +
    'keys?|must|should|be|is|not|at|in|me|it|1234567890|0123456789|123|32',
  'gi',
);

/** Why something is no secret to build on; undefined when it is one. What is said holds nothing of it. */
export function problemOfSecret(secret: unknown): string | undefined {
  if (typeof secret !== 'string') return `is ${secret === null ? 'null' : typeof secret}, allowed is a text`;
  if (secret === '') return 'is empty';
  const bytes = Buffer.byteLength(secret);
  const make = 'make one with: openssl rand -base64 48';
  if (bytes < LEAST_BYTES) return `has ${bytes} bytes, allowed are ${LEAST_BYTES} and more; ${make}`;
  return isGuessable(secret) ? `is well known or easy to guess; ${make}` : undefined;
}

function isGuessable(secret: string): boolean {
  const own = secret.replaceAll(PLACEHOLDERS, '');
  return own.length < LEAST_OWN_CHARACTERS || isRegular(secret) || isRegular(own);
}

/** Few different characters, a short text repeated, or mostly rows such as `aaaa` and `1234`. */
function isRegular(text: string): boolean {
  if (new Set(text).size < LEAST_DIFFERENT_CHARACTERS) return true;
  for (let period = 1; period <= text.length / 2; period += 1) {
    if (text.startsWith(text.slice(period))) return true;
  }
  const steps = Array.from({ length: text.length - 1 }, (_, n) => text.charCodeAt(n + 1) - text.charCodeAt(n));
  return steps.filter((step) => Math.abs(step) <= 1).length > (steps.length * 2) / 3;
}
