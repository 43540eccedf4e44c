import { SessionTooLargeError, SessionValueError } from '../contracts/errors.js';
import { decodePayload, encodePayload } from './session-data.js';
import type { RejectionReason } from './session-events.js';
import type { SessionData } from './session.js';

/** Names the properties of the data that break the application's rules. Empty when none does. */
export type DataRules = (data: SessionData) => readonly string[];

/** The one place where data becomes a payload and back: what can be stored, how large, and by the application's rules. */
export class PayloadCodec {
  constructor(
    private readonly maxBytes: number,
    private readonly rules?: DataRules,
  ) {}

  /** Throws `SessionValueError` or `SessionTooLargeError`. */
  encode(data: SessionData): string {
    const payload = encodePayload(data);
    const bytes = Buffer.byteLength(payload);
    if (bytes > this.maxBytes) throw new SessionTooLargeError(bytes, this.maxBytes);
    const broken = this.broken(data);
    if (broken.length > 0) throw new SessionValueError(broken.join('", "'), 'breaks the rules of the data class');
    return payload;
  }

  /** The data, or why the payload is none. */
  decode(payload: string): { data: SessionData } | { rejected: RejectionReason } {
    const decoded = decodePayload(payload);
    if ('data' in decoded && this.broken(decoded.data).length > 0) return { rejected: 'invalid-data' };
    return decoded;
  }

  private broken(data: SessionData): readonly string[] {
    return this.rules === undefined ? [] : this.rules(data);
  }
}
