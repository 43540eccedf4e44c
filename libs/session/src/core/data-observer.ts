import { encodeValue } from './session-data.js';
import type { SessionData } from './session.js';

/**
 * Knows what a handler looked at: what nobody looked at cannot have changed. An object that was taken out of the data is written down
 * as it was, so that the commit compares that key alone, and a request that reads one value of a large session does not pay for the
 * rest. To the handler the observed data is the data itself: always the same object, with no key more or less.
 */
export class DataObserver implements ProxyHandler<SessionData> {
  /** Whether everything has to be compared: something was written or listed, or what was taken out before is no longer known as it was. */
  private everything = false;
  private taken: Map<string, string> | undefined;

  /** @param written whether the data is already not what is stored */
  constructor(written: boolean) {
    this.everything = written;
  }

  /** From now on everything has to be compared. */
  compareAll(): void {
    this.everything = true;
  }

  /**
   * Whether the data may differ from what is stored. True as well for a value that cannot be encoded: that is for the save to report.
   * @param differs compares everything
   */
  mayHaveChanged(contents: SessionData, differs: () => boolean): boolean {
    try {
      if (this.everything) return differs();
      for (const [key, text] of this.taken ?? []) if (encodeValue(key, contents[key]) !== text) return true;
      return false;
    } catch {
      return true;
    }
  }

  get(contents: SessionData, key: string | symbol): unknown {
    const value = contents[key as string];
    if (!this.everything && typeof value === 'object' && value !== null) {
      this.taken ??= new Map();
      if (!this.taken.has(key as string)) this.taken.set(key as string, JSON.stringify(value));
    }
    return value;
  }

  set(contents: SessionData, key: string | symbol, value: unknown): boolean {
    this.everything = true;
    return Reflect.set(contents, key, value);
  }

  deleteProperty(contents: SessionData, key: string | symbol): boolean {
    this.everything = true;
    return Reflect.deleteProperty(contents, key);
  }

  defineProperty(contents: SessionData, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    this.everything = true;
    return Reflect.defineProperty(contents, key, descriptor);
  }

  /** Also what lists the data's values asks for, before it takes any of them. */
  getOwnPropertyDescriptor(contents: SessionData, key: string | symbol): PropertyDescriptor | undefined {
    this.everything = true;
    return Reflect.getOwnPropertyDescriptor(contents, key);
  }
}
