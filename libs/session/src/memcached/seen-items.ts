import { LRUCache } from 'lru-cache';

const REMEMBERED = 10_000;

/** A session as a load has seen it. */
export interface SeenItem {
  readonly version: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** To replace exactly this. */
  readonly cas: Buffer;
}

/**
 * What the last loads have seen, so that a request which reads a session and then changes it costs a read and a write, not two reads. A
 * CAS is of one write alone: one that is no longer true replaces nothing, and then the item is read again. Bounded; holds no session and no id.
 */
export class SeenItems {
  readonly #items = new LRUCache<string, SeenItem>({ max: REMEMBERED });

  /** @param digest of the id */
  remember(digest: string, item: SeenItem): void {
    // The answer's CAS is a view into the whole answer, which must not be kept.
    this.#items.set(digest, { ...item, cas: Buffer.from(item.cas) });
  }

  /** What was seen, once: after a write it is not true any more. Undefined unless it is this version and lives. */
  take(digest: string, version: number): SeenItem | undefined {
    const item = this.#items.get(digest);
    this.#items.delete(digest);
    return item?.version === version && item.expiresAt > Date.now() ? item : undefined;
  }
}
