import { inspect } from 'node:util';
import { SessionStoreError } from '../contracts/errors.js';
import { decodeValue, encodeValue } from './json-value.js';
import { type Changes, NO_CHANGES, type Payload } from './payload.js';
import type { SessionData } from './session.js';

/**
 * The data that a handler alters, and what it has altered. To the handler it is an object as any other; in it is only what somebody looked at
 * or set, and nothing else can have changed. A value is parsed when it is taken out, and compared as JSON text with what is stored.
 */
export class WorkingCopy implements ProxyHandler<SessionData> {
  private readonly contents = Object.create(LISTED_WHEN_PRINTED) as SessionData;
  /** Keys of which the contents say how they are, if only that they are no more. Of all others, that which is stored holds. */
  private readonly settled = new Set<string>();
  private observed: SessionData | undefined;

  /** @param damaged told when a stored value turns out to be no JSON */
  constructor(
    private stored: Payload,
    private readonly damaged: () => void = () => undefined,
  ) {}

  /** One and the same object at every call. */
  get data(): SessionData {
    return (this.observed ??= new Proxy(this.contents, this));
  }

  /**
   * Another copy, of the same stored values, in which a handler has put other data in place of them all: also of those that are on their way
   * to the store.
   */
  withData(data: SessionData): WorkingCopy {
    const copy = new WorkingCopy(this.stored, this.damaged);
    Object.assign(copy.contents, data);
    for (const key of [...this.stored.keys, ...this.settled, ...Object.keys(copy.contents)]) copy.settled.add(key);
    return copy;
  }

  /** What differs from what is stored. Costs nothing when nobody looked. Throws `SessionValueError` for a value that cannot be stored. */
  changes(): Changes {
    let changes: Map<string, string | undefined> | undefined;
    for (const key of this.settled) {
      const text = encodeValue(key, this.contents[key]);
      if (text !== this.stored.textOf(key)) (changes ??= new Map()).set(key, text);
    }
    return changes ?? NO_CHANGES;
  }

  /**
   * Takes over what is stored now, after these changes were submitted, but for what was altered again since. A value that nobody
   * else has changed stays the same object, so that references to it stay good.
   */
  rebase(stored: Payload, submitted: Changes): void {
    for (const key of this.settled) {
      const text = submitted.has(key) ? submitted.get(key) : this.stored.textOf(key);
      if (stored.textOf(key) !== text && this.isStill(key, text)) this.forget(key);
    }
    this.stored = stored;
  }

  /** Other contents, of which nothing is altered yet. */
  reset(stored: Payload): void {
    for (const key of this.settled) this.forget(key);
    this.stored = stored;
  }

  get(contents: SessionData, key: string | symbol): unknown {
    const value = contents[key as string];
    if (value !== undefined || typeof key === 'symbol' || this.settled.has(key)) return value;
    const text = this.stored.textOf(key);
    return text === undefined ? undefined : this.settle(key, text);
  }

  has(contents: SessionData, key: string | symbol): boolean {
    if (key in contents || typeof key === 'symbol') return key in contents;
    return !this.settled.has(key) && this.stored.textOf(key) !== undefined;
  }

  set(contents: SessionData, key: string | symbol, value: unknown): boolean {
    if (typeof key === 'string') this.settled.add(key);
    return Reflect.set(contents, key, value);
  }

  deleteProperty(contents: SessionData, key: string | symbol): boolean {
    if (typeof key === 'string') this.settled.add(key);
    return Reflect.deleteProperty(contents, key);
  }

  defineProperty(contents: SessionData, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    // A descriptor may leave the value as it is.
    this.get(contents, key);
    if (typeof key === 'string') this.settled.add(key);
    return Reflect.defineProperty(contents, key, descriptor);
  }

  /** What lists the data asks for each of its keys. */
  getOwnPropertyDescriptor(contents: SessionData, key: string | symbol): PropertyDescriptor | undefined {
    this.get(contents, key);
    return Reflect.getOwnPropertyDescriptor(contents, key);
  }

  /** In the order in which an object has them that was filled with what is stored first. */
  ownKeys(contents: SessionData): (string | symbol)[] {
    const keys: Record<string | symbol, true> = Object.create(null) as Record<string | symbol, true>;
    for (const key of this.stored.keys) if (key in contents || !this.settled.has(key)) keys[key] = true;
    for (const key of Reflect.ownKeys(contents)) keys[key] = true;
    return Reflect.ownKeys(keys);
  }

  getPrototypeOf(): null {
    return null;
  }

  preventExtensions(): never {
    throw new TypeError('session.data cannot be frozen: it takes over what others store');
  }

  private settle(key: string, text: string): unknown {
    const value = decodeValue(text);
    if (value === undefined) {
      this.damaged();
      throw new SessionStoreError('what it holds of a session is damaged');
    }
    this.contents[key] = value;
    this.settled.add(key);
    return value;
  }

  /** A value that cannot be encoded any more was altered. */
  private isStill(key: string, text: string | undefined): boolean {
    try {
      return encodeValue(key, this.contents[key]) === text;
    } catch {
      return false;
    }
  }

  private forget(key: string): void {
    delete this.contents[key];
    this.settled.delete(key);
  }
}

/** What is printed of a proxy is its target, which does not have all of the data. */
const LISTED_WHEN_PRINTED = Object.assign(Object.create(null) as object, {
  [inspect.custom](this: SessionData): SessionData {
    return Object.assign(Object.create(null) as SessionData, this);
  },
});
