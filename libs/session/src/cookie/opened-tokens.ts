import { LRUCache } from 'lru-cache';
import type { SessionRecord } from '../contracts/record.js';

/** How many are remembered. With what they hold at most 10 MB: one character beyond Latin-1 makes V8 take two bytes for each. */
const REMEMBERED = 1_000;

/** Characters that hold all of a token's tag. */
const TAG_CHARACTERS = 22;

interface OpenedToken {
  readonly token: string;
  readonly record: SessionRecord;
}

/** What was in the tokens that were opened lately: a browser sends the same one with many requests. It gives out copies. */
export class OpenedTokens {
  /** By the tag at a token's end: to look up a whole token takes V8 longer, since it hashes every character. */
  readonly #lately = new LRUCache<string, OpenedToken>({ max: REMEMBERED });

  /** What exactly this token holds, if it is remembered. */
  recordOf(token: string): SessionRecord | undefined {
    const known = this.#lately.get(token.slice(-TAG_CHARACTERS));
    return known?.token === token ? { ...known.record } : undefined;
  }

  remember(token: string, record: SessionRecord): void {
    // One that was cut out of a header would keep all of that in memory.
    const own = Buffer.from(token, 'latin1').toString('latin1');
    this.#lately.set(own.slice(-TAG_CHARACTERS), { token: own, record: { ...record } });
  }
}
