import { SessionValueError } from '../contracts/errors.js';
import type { RejectedRecord } from '../contracts/record.js';
import type { SessionData } from './session.js';

/** The payload of a session that holds nothing. */
export const EMPTY_PAYLOAD = '1{}';

/** What one request changed: top-level key to its JSON text, or to undefined where the key was removed. */
export type Changes = ReadonlyMap<string, string | undefined>;

/** Nothing was changed. */
export const NO_CHANGES: Changes = new Map();

const MAX_DEPTH = 512;

/** Data as a payload. Throws `SessionValueError` naming the key whose value JSON would lose or alter. */
export function encodePayload(data: SessionData): string {
  for (const key in data) assertStorable(key, data[key]);
  return `1${JSON.stringify(data)}`;
}

/** One value as JSON text; undefined when it is undefined. Throws as `encodePayload` does. */
export function encodeValue(key: string, value: unknown): string | undefined {
  assertStorable(key, value);
  return JSON.stringify(value);
}

/** A payload as data, never an exception: what is no payload is rejected. */
export function decodePayload(payload: string): { data: SessionData } | RejectedRecord {
  if (!payload.startsWith('1{')) return { rejected: /^[2-9]/.test(payload) ? 'newer-format' : 'malformed' };
  try {
    // Without a prototype `__proto__` and `constructor` are keys like any other, on reading and on writing.
    return { data: Object.setPrototypeOf(JSON.parse(payload.slice(1)), null) as SessionData };
  } catch {
    return { rejected: 'malformed' };
  }
}

/** What must be done to `base` so that it becomes `current`, per top-level key. */
export function difference(base: SessionData, current: SessionData): Changes {
  const changes = new Map<string, string | undefined>();
  for (const [key, value] of Object.entries(current)) {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== JSON.stringify(base[key])) changes.set(key, text);
  }
  for (const key of Object.keys(base)) if (!(key in current)) changes.set(key, undefined);
  return changes;
}

/** Applies changes in place. */
export function applyChanges(data: SessionData, changes: Changes): void {
  for (const [key, text] of changes) {
    if (text === undefined) delete data[key];
    else data[key] = JSON.parse(text);
  }
}

/**
 * Brings `local` in step with what was stored, in place, so that references which a handler holds stay good: a key changes only
 * if it is stored differently from what was submitted and the handler has not changed it again since.
 */
export function mergeStored(local: SessionData, submitted: SessionData, stored: SessionData): void {
  const sinceSubmit = difference(submitted, local);
  for (const [key, text] of difference(submitted, stored)) {
    if (sinceSubmit.has(key)) continue;
    if (text === undefined) delete local[key];
    else local[key] = JSON.parse(text);
  }
}

function assertStorable(key: string, value: unknown): void {
  const problem = unstorable(value, 0);
  if (problem !== undefined) throw new SessionValueError(key, problem);
}

/** Why a value would not come back from JSON as it went in; undefined when it does (objects with `toJSON` as that says). */
function unstorable(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : 'is or holds a number that is not finite';
    case 'object':
      return value === null ? undefined : unstorableObject(value, depth);
    default:
      return `is or holds a ${typeof value}, which cannot be stored`;
  }
}

function unstorableObject(value: object, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return `refers to itself or is nested deeper than ${MAX_DEPTH} levels`;
  if (Array.isArray(value)) return unstorableList(value, depth);
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    if (value instanceof Date && Number.isNaN(value.getTime())) return 'is or holds an invalid date';
    return unstorable(value.toJSON(), depth + 1);
  }
  const kind = Object.prototype.toString.call(value);
  if (kind !== '[object Object]') return `is or holds a ${kind.slice(8, -1)}, which cannot be stored`;
  for (const key in value) {
    const problem = unstorable((value as SessionData)[key], depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function unstorableList(list: readonly unknown[], depth: number): string | undefined {
  for (const item of list) {
    const problem = item === undefined ? 'holds undefined in a list' : unstorable(item, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
