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
  const headers = Array.isArray(given) ? objectOf(given as unknown[]) : { ...(given as OutgoingHttpHeaders) };
  merge(headers, additions, (name) => response.getHeader(name));
  return [...args.slice(0, -1), headers];
}

/** Puts the additions on a response whose head will be made from the headers set on it. */
export function addToResponse(response: ServerResponse, additions: HeadAdditions): void {
  const headers: OutgoingHttpHeaders = {};
  merge(headers, additions, (name) => response.getHeader(name));
  for (const name in headers) response.setHeader(name, headers[name] as OutgoingHttpHeader);
}

/** All headers that `writeHead(...args)` would send beyond those set on the response, as pairs. */
export function headersOf(args: HeadArguments): Pair[] {
  const given = args.at(-1);
  if (typeof given !== 'object' || given === null) return [];
  return Object.entries(Array.isArray(given) ? objectOf(given as unknown[]) : given) as Pair[];
}

function merge(
  headers: OutgoingHttpHeaders,
  { vary, cookies, headers: extra }: HeadAdditions,
  set: (name: string) => OutgoingHttpHeader | undefined,
): void {
  const varyName = nameIn(headers, 'vary');
  headers[varyName] = mergedVary(headers[varyName] ?? set('vary'), vary);
  for (const [name, value] of extra ?? []) headers[nameIn(headers, name.toLowerCase())] = value;
  if (cookies !== undefined && cookies.size > 0) {
    const name = nameIn(headers, 'set-cookie');
    const others = [...listOf(set('set-cookie')), ...listOf(headers[name])].filter(
      (other) => !cookies.has(cookieName(other)),
    );
    headers[name] = [...others, ...cookies.values()];
  }
  if ((cookies?.size ?? 0) + (extra?.length ?? 0) > 0) {
    const name = nameIn(headers, 'cache-control');
    headers[name] ??= set('cache-control') ?? 'no-store';
  }
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
    const name = nameIn(headers, String(flat[index]).toLowerCase());
    const value = flat[index + 1] as OutgoingHttpHeader;
    headers[name] = headers[name] === undefined ? value : [...listOf(headers[name]), ...listOf(value)];
  }
  return headers;
}
