const LEAST_BYTES = 32;
const LEAST_DIFFERENT_CHARACTERS = 10;

/** What documentation and generated projects write where a secret belongs. */
const PLACEHOLDERS =
  /keyboard|cat|secret|change|replace|password|passphrase|session|cookie|token|default|example|sample|please|insecure|test|your|this|that|with|some|random|value|key|must|should|be|is|at|least|long|characters?|thirty|two|1234567890|0123456789|123|32/gi;

/** Why a text is no secret to keep strangers out with; undefined when it is. What is said holds nothing of it. */
export function problemOfSecret(secret: string): string | undefined {
  const make = 'make one with: openssl rand -base64 48';
  const bytes = Buffer.byteLength(secret);
  if (bytes < LEAST_BYTES) return `has ${bytes} bytes, allowed are ${LEAST_BYTES} and more; ${make}`;
  const own = secret.replaceAll(PLACEHOLDERS, '');
  return new Set(own).size < LEAST_DIFFERENT_CHARACTERS || isRepeated(secret)
    ? `is well known or easy to guess; ${make}`
    : undefined;
}

function isRepeated(text: string): boolean {
  for (let period = 1; period <= text.length / 2; period += 1) {
    if (text.startsWith(text.slice(period))) return true;
  }
  return false;
}
