import { SessionGoneError } from '../contracts/errors.js';
import type { PayloadChange } from './commit-queue.js';
import { DataObserver } from './data-observer.js';
import type { PayloadCodec } from './payload-codec.js';
import { applyChanges, decodePayload, difference, encodePayload, mergeStored } from './session-data.js';
import type { SessionData } from './session.js';

/** The data that a handler alters, always the same object, and what it takes to bring it and the store in step. */
export class WorkingCopy {
  private observer: DataObserver;
  private observed: SessionData | undefined;

  constructor(
    private readonly codec: PayloadCodec,
    private contents: SessionData = emptyData(),
  ) {
    this.observer = new DataObserver(false);
  }

  get data(): SessionData {
    return (this.observed ??= new Proxy(this.contents, this.observer));
  }

  set data(value: SessionData) {
    this.contents = Object.assign(emptyData(), value);
    this.observer = new DataObserver(true);
    this.observed = undefined;
  }

  /** The hot path: whether anything may differ from what is stored; nothing at all is done when nobody looked. */
  mayDifferFrom(payload: string): boolean {
    return this.observer.mayHaveChanged(this.contents, () => encodePayload(this.contents) !== payload);
  }

  /** The contents as they are now, to tell later changes apart. Throws `SessionValueError`. */
  snapshot(): string {
    return encodePayload(this.contents);
  }

  /** Whether anything differs, key by key. */
  differsFrom(payload: string): boolean {
    return difference(this.decode(payload), this.decode(this.snapshot())).size > 0;
  }

  /** What was altered since `payload`, and then perhaps a function, as a change of whatever is stored by the time it runs. */
  changeSince(payload: string, update?: (data: SessionData) => void): PayloadChange {
    const changes = difference(this.decode(payload), this.decode(this.snapshot()));
    return (stored) => {
      const data = this.decode(stored);
      applyChanges(data, changes);
      update?.(data);
      return this.codec.encode(data);
    };
  }

  /** Takes over what was stored, but for what the handler has altered again since `submitted`. */
  merge(submitted: string, stored: string): void {
    this.observer.compareAll();
    if (stored !== submitted) mergeStored(this.contents, this.decode(submitted), this.decode(stored));
  }

  /** Other contents in the same object. */
  replace(payload: string): void {
    this.observer.compareAll();
    for (const key of Object.keys(this.contents)) delete this.contents[key];
    Object.assign(this.contents, this.decode(payload));
  }

  private decode(payload: string): SessionData {
    const decoded = decodePayload(payload);
    // Loaded well and no longer so: the session that this request worked on is not there any more.
    if ('rejected' in decoded) throw new SessionGoneError(false);
    return decoded.data;
  }
}

function emptyData(): SessionData {
  return Object.create(null) as SessionData;
}
