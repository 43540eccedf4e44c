import { SessionGoneError } from '../contracts/errors.js';
import type { RejectedRecord } from '../contracts/record.js';

/** What one request changed: top-level key to its JSON text, or to undefined where the key was removed. */
export type Changes = ReadonlyMap<string, string | undefined>;

/** Nothing was changed. */
export const NO_CHANGES: Changes = new Map();

/** The payload of a session that holds nothing. */
export const EMPTY_PAYLOAD = '1[]\n';

/** Of so many, one is found by looking at each. */
const FEW_KEYS = 16;

const MALFORMED: RejectedRecord = { rejected: 'malformed' };

/**
 * The JSON texts of a session's values, by top-level key, none of them parsed before somebody wants it: a request that reads one value of a large
 * session does not pay for the others, and one that changes it writes the others as they are.
 *
 * As a string: the format `1`, a JSON list of each key and the length of its text in UTF-16 units, a line feed, and the texts.
 * `1["user",14,"visits",1]\n{"name":"Ann"}7`
 */
export class Payload {
  /** Where a key stands in the index. Only for many keys: to search a short list is cheaper than to make a map of it. */
  private places: Map<string, number> | undefined;

  /** @param index keys, each followed by where its text ends */
  private constructor(
    private readonly stored: string,
    private readonly index: readonly (string | number)[],
    private readonly start: number,
  ) {}

  /** Never throws: what is no payload is rejected. Whether the texts are JSON is not looked at. */
  static read(stored: string): Payload | RejectedRecord {
    if (!stored.startsWith('1[')) return /^[2-9]/.test(stored) ? { rejected: 'newer-format' } : MALFORMED;
    const start = stored.indexOf('\n') + 1;
    const index = parsedOrNothing(stored.slice(1, start));
    if (index === undefined || !turnIntoEnds(index, start, stored.length)) return MALFORMED;
    return new Payload(stored, index as (string | number)[], start);
  }

  /** Throws `SessionGoneError` for what could be read before and no longer can: the session that a request worked on is not there any more. */
  static readAgain(stored: string): Payload {
    const payload = Payload.read(stored);
    if ('rejected' in payload) throw new SessionGoneError(false);
    return payload;
  }

  get keys(): readonly string[] {
    return this.index.filter((_, nth) => nth % 2 === 0) as string[];
  }

  /** The JSON text of a value; undefined where there is none. */
  textOf(key: string): string | undefined {
    const place = this.placeOf(key);
    return place < 0 ? undefined : this.textAt(place);
  }

  /** All keys with their texts. */
  entries(): [key: string, text: string][] {
    const entries: [string, string][] = [];
    for (let place = 0; place < this.index.length; place += 2)
      entries.push([this.index[place] as string, this.textAt(place)]);
    return entries;
  }

  /** The payload as it is after these changes, as a string. */
  with(changes: Changes): string {
    if (changes.size === 0) return this.stored;
    const texts = new Map<string, string | undefined>(this.entries());
    for (const [key, text] of changes) texts.set(key, text);
    const index: (string | number)[] = [];
    let body = '';
    for (const [key, text] of texts) {
      if (text === undefined) continue;
      index.push(key, text.length);
      body += text;
    }
    return `1${JSON.stringify(index)}\n${body}`;
  }

  /** Negative where there is none. */
  private placeOf(key: string): number {
    if (this.index.length <= 2 * FEW_KEYS) return this.index.indexOf(key);
    this.places ??= new Map(this.keys.map((each, nth) => [each, 2 * nth]));
    return this.places.get(key) ?? -1;
  }

  private textAt(place: number): string {
    const start = place === 0 ? this.start : (this.index[place - 1] as number);
    return this.stored.slice(start, this.index[place + 1] as number);
  }
}

/** `EMPTY_PAYLOAD`, read. */
export const NOTHING_STORED = Payload.readAgain(EMPTY_PAYLOAD);

function parsedOrNothing(text: string): unknown[] | undefined {
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    return undefined;
  }
}

/** Puts where each text ends in the place of its length; false for what is no index of texts from `start` to `end`. */
function turnIntoEnds(index: unknown[], start: number, end: number): boolean {
  let reached = start;
  for (let place = 0; place < index.length; place += 2) {
    const length = index[place + 1];
    if (typeof index[place] !== 'string' || !Number.isSafeInteger(length) || (length as number) < 1) return false;
    reached += length as number;
    index[place + 1] = reached;
  }
  return reached === end;
}
