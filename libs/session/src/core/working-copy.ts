import { SessionGoneError } from '../contracts/errors.js';
import type { PayloadChange } from './commit-queue.js';
import type { PayloadCodec } from './payload-codec.js';
import { applyChanges, decodePayload, difference, encodePayload, mergeStored } from './session-data.js';
import type { SessionData } from './session.js';

/** The data that a handler alters, always the same object, and what it takes to bring it and the store in step. */
export class WorkingCopy {
  private looked = false;

  constructor(
    private readonly codec: PayloadCodec,
    private contents: SessionData = emptyData(),
  ) {}

  get data(): SessionData {
    this.looked = true;
    return this.contents;
  }

  set data(value: SessionData) {
    this.looked = true;
    this.contents = Object.assign(emptyData(), value);
  }

  /**
   * The hot path: one encoding compared with what was loaded, and nothing at all when nobody looked. Says true of a value that
   * cannot be encoded: that is for the save to report.
   */
  mayDifferFrom(payload: string): boolean {
    if (!this.looked) return false;
    try {
      return encodePayload(this.contents) !== payload;
    } catch {
      return true;
    }
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
    if (stored !== submitted) mergeStored(this.contents, this.decode(submitted), this.decode(stored));
  }

  /** Other contents in the same object. */
  replace(payload: string): void {
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
