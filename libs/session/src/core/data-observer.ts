import { type Changes, difference, encodePayload, encodeValue } from './session-data.js';
import type { SessionData } from './session.js';

/**
 * Knows what a handler looked at: what nobody looked at cannot have changed. A value that was taken out of the data, or is about to be
 * overwritten, is written down as it was, so that a commit compares those keys alone, and a request that reads one value of a large
 * session does not pay for the rest. To the handler the observed data is the data itself, with no key more or less.
 */
export class DataObserver implements ProxyHandler<SessionData> {
  /** Top-level key to its JSON text before anybody could change it. */
  private before: Map<string | symbol, string | undefined> | undefined;

  /** @param everything whether all keys have to be compared: they were listed, or it is no longer known what they were */
  constructor(private everything: boolean) {}

  /** From now on all keys have to be compared. */
  compareAll(): void {
    this.everything = true;
  }

  /** What differs from what is stored. Throws `SessionValueError` for a value that cannot be stored. */
  changes(contents: SessionData, payload: string, decode: (payload: string) => SessionData): Changes {
    if (this.everything) {
      return encodePayload(contents) === payload ? NONE : difference(decode(payload), contents);
    }
    if (this.before === undefined) return NONE;
    const changes = new Map<string, string | undefined>();
    for (const [key, text] of this.before) {
      const now = encodeValue(key as string, contents[key as string]);
      if (now !== text) changes.set(key as string, now);
    }
    return changes;
  }

  get(contents: SessionData, key: string | symbol): unknown {
    const value = contents[key as string];
    if (typeof value === 'object' && value !== null) this.remember(key, value);
    return value;
  }

  set(contents: SessionData, key: string | symbol, value: unknown): boolean {
    this.remember(key, contents[key as string]);
    return Reflect.set(contents, key, value);
  }

  deleteProperty(contents: SessionData, key: string | symbol): boolean {
    this.remember(key, contents[key as string]);
    return Reflect.deleteProperty(contents, key);
  }

  defineProperty(contents: SessionData, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    this.remember(key, contents[key as string]);
    return Reflect.defineProperty(contents, key, descriptor);
  }

  /** Also what lists the data's values asks for, before it takes any of them. */
  getOwnPropertyDescriptor(contents: SessionData, key: string | symbol): PropertyDescriptor | undefined {
    this.everything = true;
    return Reflect.getOwnPropertyDescriptor(contents, key);
  }

  private remember(key: string | symbol, value: unknown): void {
    if (this.everything || this.before?.has(key) === true) return;
    this.before ??= new Map();
    this.before.set(key, JSON.stringify(value));
  }
}

const NONE: Changes = new Map();
