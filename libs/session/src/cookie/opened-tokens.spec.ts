import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { decodeEnvelope, ENVELOPE, encodeEnvelope } from '../contracts/envelope.js';
import type { SessionRecord } from '../contracts/record.js';
import { newRecord } from '../testing/sample-session.js';
import { LARGEST_CONTENT, LONGEST_TOKEN } from './key-ring.js';
import { OpenedTokens } from './opened-tokens.js';

const REMEMBERED = 1_000;
/** The 10 MB, and what else this process may come to hold meanwhile. */
const MOST_BYTES = 12_000_000;
const HEADER_CHARACTERS = 14_000;

/** The longest token, as it is cut out of the header of a client with many other cookies. */
function longestToken(): string {
  const random = randomBytes(Math.ceil((LONGEST_TOKEN * 3) / 4)).toString('base64url');
  const header = Buffer.from(random.slice(0, LONGEST_TOKEN).padEnd(HEADER_CHARACTERS, ' ')).toString();
  return header.slice(0, LONGEST_TOKEN);
}

/** A record that fills a token, and takes the most memory: for one character V8 takes two bytes for each. */
function largestRecord(): SessionRecord {
  const { id, ...rest } = newRecord();
  const room = LARGEST_CONTENT - id.length - ENVELOPE.headerLength - Buffer.byteLength('王');
  const content = Buffer.from(id + encodeEnvelope({ id, ...rest, payload: `${'x'.repeat(room)}王` })).toString();
  return decodeEnvelope(content.slice(0, id.length), content.slice(id.length)) as SessionRecord;
}

function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

describe('The tokens that were opened lately', () => {
  it('are a thousand: one more makes the one forgotten that was looked at longest ago', () => {
    const opened = new OpenedTokens();
    const record = newRecord();
    const tokens = Array.from({ length: REMEMBERED + 1 }, longestToken);
    const last = tokens.pop() as string;
    for (const token of tokens) opened.remember(token, record);
    const [first, second] = tokens as [string, string];
    expect(opened.recordOf(first)).toEqual(record);
    opened.remember(last, record);
    expect(opened.recordOf(second)).toBeUndefined();
    for (const token of [first, ...tokens.slice(2), last]) expect(opened.recordOf(token)).toEqual(record);
  });

  it('take no more than 10 MB, be they as long as they may and out of headers as long as they may', () => {
    const opened = new OpenedTokens();
    const before = heapInUse();
    for (let n = 0; n < 2 * REMEMBERED; n += 1) opened.remember(longestToken(), largestRecord());
    const taken = heapInUse() - before;
    const last = longestToken();
    opened.remember(last, newRecord());
    expect(opened.recordOf(last)).toBeDefined();
    expect(taken).toBeLessThan(MOST_BYTES);
  });
});
