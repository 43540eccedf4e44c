import { SessionValueError } from '../contracts/errors.js';
import type { SessionData } from './session.js';

const MAX_DEPTH = 512;

/** A value as JSON text; undefined when it is undefined. Throws `SessionValueError` naming the key whose value JSON would lose or alter. */
export function encodeValue(key: string, value: unknown): string | undefined {
  const problem = unstorable(value, 0);
  if (problem !== undefined) throw new SessionValueError(key, problem);
  return JSON.stringify(value);
}

/** The value of a JSON text; undefined, which no JSON text means, when it is none. The parser's own error would tell what is stored. */
export function decodeValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
