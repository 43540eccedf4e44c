import { SessionStoreError, SessionTooLargeError } from '../contracts/errors.js';
import { itemBytes, type MemcachedAnswer, type MemcachedCommand, OPCODE, STATUS } from './memcached-protocol.js';
import { refusal } from './memcached-session.errors.js';
import type { PoolNode } from './pool-node.js';

/**
 * How much longer than its session an item stays. The deadline inside the value is what counts, to the millisecond; memcached counts in
 * seconds, up to one ahead of the clock, and a memcached whose clock is up to a minute ahead must not cut sessions short.
 */
const KEPT_LONGER_MS = 60_000;

/** An item as it was read. */
export interface StoredItem {
  readonly text: string;
  /** To replace or delete exactly this. */
  readonly cas: Buffer;
}

/** What memcached did: it is done, the item is not there, or it is another one than was expected. */
export type Written = 'done' | 'missing' | 'changed';

/** What the last command of a call has at least, so that a node which is only slow is not taken for one that is silent. */
const LEAST_MS = 50;

/**
 * One key at its node, for one call of the repository: all its commands have one deadline. Every method is one command, and rejects
 * with `NodeUnavailable` or `SessionStoreError`.
 */
export class SessionItem {
  readonly #deadline: number;

  constructor(
    private readonly node: PoolNode,
    private readonly key: string,
    private readonly maxItemBytes: number,
  ) {
    this.#deadline = node.deadline();
  }

  /** Whether there is no time left to begin something anew. */
  get isLate(): boolean {
    return performance.now() >= this.#deadline;
  }

  async read(): Promise<StoredItem | undefined> {
    const { status, value, cas } = await this.#perform({ opcode: OPCODE.get, key: this.key });
    if (status === STATUS.notFound) return undefined;
    if (status !== STATUS.ok) throw refusal(status);
    return { text: value.toString('utf8'), cas };
  }

  /** Stores unless something is there. */
  add(text: string, expiresAt: number): Promise<Written> {
    return this.#store({ opcode: OPCODE.add }, text, expiresAt);
  }

  /**
   * Stores over exactly what was read. `replace` and not `set`, which would also compare: a `set` that memcached cannot store, because the
   * value is too large or no memory is free, deletes what was there.
   */
  replace(text: string, expiresAt: number, cas: Buffer): Promise<Written> {
    assertCas(cas);
    return this.#store({ opcode: OPCODE.replace, cas }, text, expiresAt);
  }

  /** Deletes what is there; with a CAS, exactly what was read. */
  async delete(cas?: Buffer): Promise<Written> {
    if (cas !== undefined) assertCas(cas);
    const command = { opcode: OPCODE.delete, key: this.key, ...(cas !== undefined && { cas }) };
    return writtenBy(await this.#perform(command));
  }

  #perform(command: MemcachedCommand): Promise<MemcachedAnswer> {
    return this.node.perform(command, Math.max(this.#deadline, performance.now() + LEAST_MS));
  }

  async #store(
    command: { readonly opcode: typeof OPCODE.add | typeof OPCODE.replace; readonly cas?: Buffer },
    text: string,
    expiresAt: number,
  ): Promise<Written> {
    const value = Buffer.from(text, 'utf8');
    const bytes = itemBytes(this.key, value);
    if (bytes > this.maxItemBytes) throw new SessionTooLargeError(bytes, this.maxItemBytes);
    const answer = await this.#perform({ key: this.key, value, forgetAt: expiresAt + KEPT_LONGER_MS, ...command });
    if (answer.status === STATUS.tooLarge) throw new SessionTooLargeError(bytes, bytes - 1);
    return writtenBy(answer);
  }
}

function writtenBy({ status }: MemcachedAnswer): Written {
  if (status === STATUS.ok) return 'done';
  if (status === STATUS.notFound) return 'missing';
  if (status === STATUS.exists) return 'changed';
  throw refusal(status);
}

/** A request with zeros for a CAS is executed whatever is there. */
function assertCas(cas: Buffer): void {
  if (cas.every((byte) => byte === 0)) throw new SessionStoreError('memcached runs without compare-and-set (-C)');
}
