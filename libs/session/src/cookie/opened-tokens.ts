import { LRUCache } from 'lru-cache';

/** How many are remembered. With their contents at most about 6 MB. */
const REMEMBERED = 1_000;

/** Characters that hold all of a token's tag. */
const TAG_CHARACTERS = 22;

interface OpenedToken {
  readonly token: string;
  readonly content: string;
}

/** What was in the tokens that were opened or sealed lately: a browser sends the same one with many requests. */
export class OpenedTokens {
  /** By the tag at a token's end: to look up a whole token takes V8 longer, since it hashes every character. */
  readonly #lately = new LRUCache<string, OpenedToken>({ max: REMEMBERED });

  /** The content of exactly this token, if it is remembered. */
  contentOf(token: string): string | undefined {
    const known = this.#lately.get(token.slice(-TAG_CHARACTERS));
    return known?.token === token ? known.content : undefined;
  }

  remember(token: string, content: string): void {
    this.#lately.set(token.slice(-TAG_CHARACTERS), { token, content });
  }
}
