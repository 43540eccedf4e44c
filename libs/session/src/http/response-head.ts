import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** What the session adds to a response's head. */
export interface HeadAdditions {
  /** Header names that the response depends on. */
  readonly vary: string;
  /** Cookie name to complete Set-Cookie value. */
  readonly cookies?: ReadonlyMap<string, string>;
  readonly headers?: readonly (readonly [string, string])[];
}

/** Arguments of `writeHead`: status, perhaps a reason phrase, perhaps headers as an object, a flat list or a list of pairs. */
export type HeadArguments = readonly unknown[];

type Pair = [name: string, value: OutgoingHttpHeader];

/**
 * Puts the additions into a head that is about to be sent by `writeHead(...args)`; returns the arguments to call it with.
 * Headers in the arguments would silently replace those set on the response, so there everything is merged into the arguments.
 * Caches must not keep a response that hands out a session (RFC 9111 7.3, CVE-2023-30861), unless the application decided.
 */
export function addToHead(response: ServerResponse, args: HeadArguments, additions: HeadAdditions): HeadArguments {
  const given = args.at(-1);
  if (typeof given !== 'object' || given === null) {
    addToResponse(response, additions);
    return args;
  }
  const headers = Array.isArray(given) ? objectOf(given as unknown[]) : withKnownNames(given as OutgoingHttpHeaders);
  return [...args.slice(0, -1), merged(headers, additions, response)];
}

/** Puts the additions on a response whose head will be made from the headers set on it. */
export function addToResponse(response: ServerResponse, additions: HeadAdditions): void {
  const headers = merged({}, additions, response);
  for (const name in headers) response.setHeader(name, headers[name] as OutgoingHttpHeader);
}

/** All headers that `writeHead(...args)` would send beyond those set on the response, as pairs. */
export function headersOf(args: HeadArguments): Pair[] {
  const given = args.at(-1);
  if (typeof given !== 'object' || given === null) return [];
  return Object.entries(Array.isArray(given) ? objectOf(given as unknown[]) : given) as Pair[];
}

/**
 * New headers with the additions. Never by a property that is added to `{ ...headers }`: V8 makes a hidden class for each such object, and
 * those survive.
 */
function merged(headers: OutgoingHttpHeaders, additions: HeadAdditions, response: ServerResponse): OutgoingHttpHeaders {
  const { cookies, headers: extra = [] } = additions;
  const vary = mergedVary(headers.vary ?? response.getHeader('vary'), additions.vary);
  const tellsCookies = cookies !== undefined && cookies.size > 0;
  if (!tellsCookies && extra.length === 0) return Object.assign({ vary, ...headers }, { vary });
  const caching = headers['cache-control'] ?? (response.getHeader('cache-control') as string | undefined) ?? 'no-store';
  const ours = tellsCookies
    ? { vary, 'cache-control': caching, 'set-cookie': mergedCookies(headers, cookies, response) }
    : { vary, 'cache-control': caching };
  const all: OutgoingHttpHeaders = Object.assign({}, headers, ours);
  for (const [name, value] of extra) all[nameIn(headers, name.toLowerCase())] = value;
  return all;
}

/** All cookies of a response, ours in the place of older ones of their names. */
function mergedCookies(
  headers: OutgoingHttpHeaders,
  cookies: ReadonlyMap<string, string>,
  response: ServerResponse,
): string[] {
  const others = [...listOf(response.getHeader('set-cookie')), ...listOf(headers['set-cookie'])];
  return [...others.filter((other) => !cookies.has(cookieName(other))), ...cookies.values()];
}

/** Those that the additions may meet. */
const KNOWN_NAMES = new Set(['vary', 'cache-control', 'set-cookie']);

/** The same headers with the known names in lower case; the same object where they are already, as always on Fastify. */
function withKnownNames(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  for (const name in headers) {
    const known = name.toLowerCase();
    if (known !== name && KNOWN_NAMES.has(known))
      return Object.fromEntries(Object.entries(headers).map(inLowerCase)) as OutgoingHttpHeaders;
  }
  return headers;
}

function inLowerCase([name, value]: [string, unknown]): [string, unknown] {
  return KNOWN_NAMES.has(name.toLowerCase()) ? [name.toLowerCase(), value] : [name, value];
}

/** The header's name as the object writes it, else in lower case. */
function nameIn(headers: OutgoingHttpHeaders, lowerCase: string): string {
  if (headers[lowerCase] !== undefined) return lowerCase;
  for (const name in headers) if (name.length === lowerCase.length && name.toLowerCase() === lowerCase) return name;
  return lowerCase;
}

function mergedVary(present: OutgoingHttpHeader | undefined, vary: string): string {
  if (present === undefined) return vary;
  const names = listOf(present).join(', ');
  const known = names.toLowerCase().split(/\s*,\s*/);
  if (known.includes('*')) return names;
  return [names, ...vary.split(', ').filter((name) => !known.includes(name.toLowerCase()))]
    .filter((part) => part !== '')
    .join(', ');
}

function listOf(value: OutgoingHttpHeader | undefined): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [String(value)];
}

function cookieName(setCookie: string): string {
  return setCookie.slice(0, setCookie.indexOf('=')).trim();
}

/** A list of headers as an object; a name that comes again becomes a list of values. */
function objectOf(list: readonly unknown[]): OutgoingHttpHeaders {
  const flat = Array.isArray(list[0]) ? (list as unknown[][]).flat() : list;
  const headers: OutgoingHttpHeaders = {};
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = String(flat[index]).toLowerCase();
    const value = flat[index + 1] as OutgoingHttpHeader;
    headers[name] = headers[name] === undefined ? value : [...listOf(headers[name]), ...listOf(value)];
  }
  return headers;
}
