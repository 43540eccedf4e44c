import { type Changes, difference, encodePayload, encodeValue, NO_CHANGES } from './session-data.js';
import type { SessionData } from './session.js';

const NO_KEYS: (string | symbol)[] = [];
const NO_TEXTS: (string | undefined)[] = [];

/**
 * Knows what a handler looked at: what nobody looked at cannot have changed. A value that was taken out of the data, or is about to be
 * overwritten, is written down as it was, so that a commit compares those keys alone, and a request that reads one value of a large
 * session does not pay for the rest. To the handler the observed data is the data itself, with no key more or less.
 */
export class DataObserver implements ProxyHandler<SessionData> {
  /** Top-level keys, and beside them their JSON texts before anybody could change them. Two short lists are cheaper than a map. */
  private keys: (string | symbol)[] = NO_KEYS;
  private before: (string | undefined)[] = NO_TEXTS;

  /** @param everything whether all keys have to be compared: they were listed, or it is no longer known what they were */
  constructor(private everything: boolean) {}

  /** From now on all keys have to be compared. */
  compareAll(): void {
    this.everything = true;
  }

  /** What differs from what is stored. Throws `SessionValueError` for a value that cannot be stored. */
  changes(contents: SessionData, payload: string, decode: (payload: string) => SessionData): Changes {
    if (this.everything) {
      return encodePayload(contents) === payload ? NO_CHANGES : difference(decode(payload), contents);
    }
    let changes: Map<string, string | undefined> | undefined;
    for (let index = 0; index < this.keys.length; index += 1) {
      const key = this.keys[index] as string;
      const now = encodeValue(key, contents[key]);
      if (now !== this.before[index]) (changes ??= new Map()).set(key, now);
    }
    return changes ?? NO_CHANGES;
  }

  /** These changes are stored now, and nothing else was: what was looked at is watched on from there. */
  stored(changes: Changes): void {
    if (this.everything) return;
    for (const [key, text] of changes) this.before[this.keys.indexOf(key)] = text;
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
    if (this.everything || this.keys.includes(key)) return;
    if (this.keys.length === 0) [this.keys, this.before] = [[], []];
    this.keys.push(key);
    this.before.push(JSON.stringify(value));
    // From so many on, to compare all is cheaper than to look up each of them.
    if (this.keys.length > MOST_KEYS) this.everything = true;
  }
}

const MOST_KEYS = 32;
