import { SessionGoneError, SessionTooLargeError, SessionValueError } from '../contracts/errors.js';
import { decodeValue } from './json-value.js';
import { type Changes, Payload } from './payload.js';
import type { RejectionReason } from './session-events.js';
import type { SessionData } from './session.js';
import { WorkingCopy } from './working-copy.js';

/** Names the properties of the data that break the application's rules. Empty when none does. */
export type DataRules = (data: SessionData) => readonly string[];

/** What a payload may be: how large, and by the application's rules; and what changes make of one. */
export class PayloadCodec {
  constructor(
    private readonly maxBytes: number,
    private readonly rules?: DataRules,
  ) {}

  /** The stored values, or why the payload holds none. */
  read(payload: string): Payload | { readonly rejected: RejectionReason } {
    const values = Payload.read(payload);
    if ('rejected' in values || this.rules === undefined) return values;
    const data = dataOf(values);
    if (data === undefined) return { rejected: 'malformed' };
    return this.rules(data).length === 0 ? values : { rejected: 'invalid-data' };
  }

  /**
   * The payload that these changes, and then perhaps a function, make of another. Throws `SessionTooLargeError`, `SessionValueError`,
   * what the function throws, and `SessionGoneError` when the other one holds no session any more.
   */
  changed(payload: string, changes: Changes, update?: (data: SessionData) => void): string {
    const ours = Payload.readAgain(payload).with(changes);
    const result = update === undefined ? ours : updated(Payload.readAgain(ours), update);
    const bytes = Buffer.byteLength(result);
    if (bytes > this.maxBytes) throw new SessionTooLargeError(bytes, this.maxBytes);
    this.assertRules(result);
    return result;
  }

  private assertRules(payload: string): void {
    if (this.rules === undefined) return;
    const data = dataOf(Payload.readAgain(payload));
    // What others have stored meanwhile is no session any more.
    if (data === undefined) throw new SessionGoneError(false);
    const broken = this.rules(data);
    if (broken.length > 0) throw new SessionValueError(broken.join('", "'), 'breaks the rules of the data class');
  }
}

function updated(values: Payload, update: (data: SessionData) => void): string {
  const draft = new WorkingCopy(values);
  update(draft.data);
  return values.with(draft.changes());
}

/** Undefined when one of the texts is no JSON. */
function dataOf(values: Payload): SessionData | undefined {
  const data = Object.create(null) as SessionData;
  for (const [key, text] of values.entries()) {
    const value = decodeValue(text);
    if (value === undefined) return undefined;
    data[key] = value;
  }
  return data;
}
