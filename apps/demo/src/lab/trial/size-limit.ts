import type { Visitor } from './visitor.js';

/** More than any of the ways takes, and as much as the shop's API allows. */
const MOST_BYTES = 4_000_000;

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

/** Finds the largest value that a visitor's session takes. */
export async function largestAccepted(visitor: Visitor): Promise<Limit> {
  await visitor.put('kept', 'as it was');
  let [accepted, tooLarge] = [0, MOST_BYTES];
  let refusedWith = await tryFilling(visitor, MOST_BYTES);
  if (refusedWith === undefined) return { bytes: MOST_BYTES, refusedWith, intact: true };
  let intact = true;
  while (tooLarge - accepted > PRECISION_BYTES) {
    const bytes = Math.floor((accepted + tooLarge) / 2);
    const status = await tryFilling(visitor, bytes);
    if (status === undefined) accepted = bytes;
    else {
      [tooLarge, refusedWith] = [bytes, status];
      intact &&= await isIntact(visitor, accepted);
    }
  }
  return { bytes: accepted, refusedWith, intact };
}

/** Undefined when it was acknowledged, otherwise the status that it was refused with; 0 when there was no answer. */
async function tryFilling(visitor: Visitor, bytes: number): Promise<number | undefined> {
  const { acknowledged, status } = await visitor.ask('POST', '/api/fill', { body: { bytes } });
  return acknowledged ? undefined : status;
}

async function isIntact(visitor: Visitor, bytes: number): Promise<boolean> {
  const { data = {} } = (await visitor.look()).session;
  return data['kept'] === 'as it was' && String(data['filler'] ?? '').length === bytes;
}
