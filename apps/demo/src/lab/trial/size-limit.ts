import { patientAsk, patientLook } from './patient-look.js';
import type { Visitor } from './visitor.js';

/** More than any of the ways takes, and as much as the shop's API allows. */
const MOST_BYTES = 4_000_000;
const FIRST_BYTES = 1_000;

/** The limit is known to so many bytes. */
const PRECISION_BYTES = 16;

/** How much one session holds. */
export interface Limit {
  /** The largest value that was acknowledged. */
  readonly bytes: number;
  /** The status of the answer to a larger one; undefined when the largest that can be asked for was accepted. */
  readonly refusedWith: number | undefined;
  /** After the last refusal the session was as before it. */
  readonly intact: boolean;
}

/** Finds the largest value that a visitor's session takes: first twice as much each time, then halving the difference. */
export async function largestAccepted(visitor: Visitor): Promise<Limit> {
  await patientAsk(() => visitor.put('kept', 'as it was'));
  let [accepted, tooLarge] = [0, FIRST_BYTES];
  let refusedWith = await tryFilling(visitor, tooLarge);
  while (refusedWith === undefined) {
    if (tooLarge === MOST_BYTES) return { bytes: MOST_BYTES, refusedWith, intact: true };
    [accepted, tooLarge] = [tooLarge, Math.min(tooLarge * 2, MOST_BYTES)];
    refusedWith = await tryFilling(visitor, tooLarge);
  }
  while (tooLarge - accepted > PRECISION_BYTES) {
    const bytes = Math.floor((accepted + tooLarge) / 2);
    const status = await tryFilling(visitor, bytes);
    if (status === undefined) accepted = bytes;
    else [tooLarge, refusedWith] = [bytes, status];
  }
  await tryFilling(visitor, tooLarge);
  return { bytes: accepted, refusedWith, intact: await isIntact(visitor, accepted) };
}

/** Undefined when it was acknowledged, otherwise the status that it was refused with; 0 when there was no answer. */
async function tryFilling(visitor: Visitor, bytes: number): Promise<number | undefined> {
  const { acknowledged, status } = await patientAsk(() => visitor.ask('POST', '/api/fill', { body: { bytes } }));
  return acknowledged ? undefined : status;
}

async function isIntact(visitor: Visitor, bytes: number): Promise<boolean> {
  const { acknowledged, session } = await patientLook(visitor);
  if (!acknowledged) throw new Error('Nobody could say what was left of the session');
  const { data = {} } = session;
  return data['kept'] === 'as it was' && data['filler'] === 'x'.repeat(bytes);
}
