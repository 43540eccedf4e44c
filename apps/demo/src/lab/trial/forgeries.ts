const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** What people write who hope that somebody puts the cookie into a query, a path or a protocol. */
const INJECTIONS = [
  "' OR 1=1 --",
  '../../../../etc/passwd',
  '*',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  '0',
  '%00',
  '%0d%0aflush_all%0d%0a',
  '*1%0d%0a$8%0d%0aFLUSHALL%0d%0a',
  '{"$ne":null}',
  'x'.repeat(6_000),
];

/**
 * So many values of a cookie that nobody has handed out, all different: the genuine one with one character changed, cut,
 * lengthened or joined with another one, and what people make up.
 * @param other the genuine cookie of somebody else
 */
export function forgeriesOf(genuine: string, other: string, count: number): string[] {
  const forgeries = new Set([...madeUp(), ...joined(genuine, other), ...cutAndLengthened(genuine)]);
  for (let turn = 0; forgeries.size < count + 2 && turn < ALPHABET.length; turn += 1) {
    const steps = Math.min(genuine.length, count);
    for (let step = 0; step < steps && forgeries.size < count + 2; step += 1) {
      forgeries.add(withCharacterChanged(genuine, Math.floor((step * genuine.length) / steps), turn + 1));
    }
  }
  for (const real of [genuine, other]) forgeries.delete(real);
  return [...forgeries].filter((value) => value !== '').slice(0, count);
}

function madeUp(): string[] {
  const claims = ['{"user":"admin"}', '{"principal":"admin"}', '{"passport":{"user":"admin"}}'];
  const encoded = claims.flatMap((claim) => [
    Buffer.from(claim).toString('base64'),
    Buffer.from(claim).toString('base64url'),
    encodeURIComponent(claim),
  ]);
  return [...encoded, ...INJECTIONS];
}

function joined(genuine: string, other: string): string[] {
  const middle = Math.floor(genuine.length / 2);
  return [
    genuine.slice(0, middle) + other.slice(middle),
    other.slice(0, middle) + genuine.slice(middle),
    genuine + other,
    genuine.split('').toReversed().join(''),
    genuine.toUpperCase(),
    genuine.toLowerCase(),
  ];
}

function cutAndLengthened(genuine: string): string[] {
  const withoutSignature = genuine.replace(/[.][^.]*$/, '');
  return [
    withoutSignature,
    `${withoutSignature}.`,
    genuine.slice(1),
    genuine.slice(0, -1),
    genuine.slice(0, genuine.length / 2),
    `${genuine}A`,
    `A${genuine}`,
    `${genuine}=`,
    `${genuine}%20`,
  ];
}

/** The character at this place becomes the one so many places further in the alphabet. */
function withCharacterChanged(text: string, place: number, by: number): string {
  const next = ALPHABET[(ALPHABET.indexOf(text[place] ?? '') + by) % ALPHABET.length];
  return text.slice(0, place) + next + text.slice(place + 1);
}
