import { SessionGoneError } from '../contracts/errors.js';
import type { PayloadChange } from './commit-queue.js';
import { DataObserver } from './data-observer.js';
import type { PayloadCodec } from './payload-codec.js';
import { type Changes, applyChanges, decodePayload, mergeStored } from './session-data.js';
import type { SessionData } from './session.js';

/** The data that a handler alters, always the same object, and what it takes to bring it and the store in step. */
export class WorkingCopy {
  private observer = new DataObserver(false);
  private observed: SessionData | undefined;

  constructor(
    private readonly codec: PayloadCodec,
    private contents: SessionData = emptyData(),
  ) {}

  get data(): SessionData {
    return (this.observed ??= new Proxy(this.contents, this.observer));
  }

  set data(value: SessionData) {
    this.contents = Object.assign(emptyData(), value);
    this.observer = new DataObserver(true);
    this.observed = undefined;
  }

  /** What was altered since `payload`. Costs nothing when nobody looked. Throws `SessionValueError`. */
  changesSince(payload: string): Changes {
    return this.observer.changes(this.contents, payload, decode);
  }

  /** The contents as they are now, as a payload. Throws `SessionValueError` and `SessionTooLargeError`. */
  encoded(): string {
    return this.codec.encode(this.contents);
  }

  /**
   * Changes that make `base` into `submitted`, and then perhaps a function, as a change of whatever is stored by the time it runs.
   * While that is still `base`, nothing has to be decoded.
   */
  change(base: string, submitted: string, changes: Changes, update?: (data: SessionData) => void): PayloadChange {
    return (stored) => {
      if (stored === base && update === undefined) return submitted;
      const data = decode(stored);
      applyChanges(data, changes);
      update?.(data);
      return this.codec.encode(data);
    };
  }

  /** Takes over what was stored, but for what the handler has altered again since `submitted`, which holds these changes. */
  merge(submitted: string, stored: string, changes: Changes): void {
    if (stored === submitted) return this.observer.stored(changes);
    this.observer.compareAll();
    mergeStored(this.contents, decode(submitted), decode(stored));
  }

  /** Other contents in the same object. */
  replace(payload: string): void {
    this.observer.compareAll();
    for (const key of Object.keys(this.contents)) delete this.contents[key];
    Object.assign(this.contents, decode(payload));
  }
}

function decode(payload: string): SessionData {
  const decoded = decodePayload(payload);
  // Loaded well and no longer so: the session that this request worked on is not there any more.
  if ('rejected' in decoded) throw new SessionGoneError(false);
  return decoded.data;
}

function emptyData(): SessionData {
  return Object.create(null) as SessionData;
}
