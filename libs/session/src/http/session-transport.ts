import { BadRequestException } from '@nestjs/common';
import { type SetCookie, stringifySetCookie } from 'cookie';
import type { IncomingHttpHeaders } from 'node:http';
import { handleOf } from '../contracts/session-id.js';
import type { Announcement } from '../core/announcement.js';
import { cookieValue } from './cookie-header.js';
import type { HeadAdditions } from './response-head.js';

/** How the token travels. */
export type TransportMode = 'cookie' | 'header' | 'both';

/** The cookie, complete: the options with all defaults filled in. */
export interface CookieSettings {
  readonly name: string;
  readonly path: string;
  readonly domain?: string;
  readonly sameSite: 'lax' | 'strict' | 'none';
  readonly secure: boolean;
  readonly partitioned: boolean;
  readonly persistent: boolean;
}

/** What a request brought. */
export interface Arrival {
  /** Something that can be a token. */
  readonly token?: string;
  /** The version that the client has seen, where it may be needed. */
  readonly presented?: number;
  /** Where the answer goes. */
  readonly channel: 'cookie' | 'header';
}

const TOKEN_HEADER = 'X-Session-Token';
const VERSION_HEADER = 'X-Session-Version';
const TOKEN_SYNTAX = /^[A-Za-z0-9_.~-]+$/;
const LONGEST_TOKEN = 4_096;
const FLOOR_SYNTAX = /^([A-Za-z0-9_-]{8})\.(\d{1,10})$/;
const FLOOR_PREFIX = 8;

/** Carries tokens between the client and the engine: in a cookie, in the header X-Session-Token, or in either. */
export class SessionTransport {
  private readonly vary: string;

  /** @param versioned whether clients bring the version that they have seen, because reads may come from a copy */
  constructor(
    private readonly mode: TransportMode,
    private readonly cookie: CookieSettings,
    private readonly versioned: boolean,
  ) {
    this.vary = [mode !== 'header' && 'Cookie', mode !== 'cookie' && TOKEN_HEADER].filter(Boolean).join(', ');
  }

  /** Whether cookies carry a lifetime, so that a touch must renew them. */
  get persistent(): boolean {
    return this.mode !== 'header' && this.cookie.persistent;
  }

  /** Whether answers on this channel need HTTPS to reach the browser's cookie jar. */
  needsHttps(channel: Arrival['channel']): boolean {
    return channel === 'cookie' && this.cookie.secure;
  }

  /** What the request brought. Throws `BadRequestException` when cookie and header name two different sessions. */
  read(headers: IncomingHttpHeaders): Arrival {
    const inCookie = this.mode === 'header' ? undefined : this.tokenIn(this.cookieOf(headers, this.cookie.name));
    const header = this.mode === 'cookie' ? undefined : headers[TOKEN_HEADER.toLowerCase()]?.toString();
    const inHeader = this.tokenIn(header);
    if (inCookie !== undefined && inHeader !== undefined && inCookie !== inHeader) {
      throw new BadRequestException(
        'The cookie and the header X-Session-Token name two different sessions; send one of them',
      );
    }
    // A token that a cookie brought is never written where scripts can read it.
    const channel = this.mode === 'header' || (header !== undefined && inCookie === undefined) ? 'header' : 'cookie';
    const token = inCookie ?? inHeader;
    if (token === undefined) return { channel };
    const presented = this.versioned ? this.floorOf(headers, token, channel) : undefined;
    return presented === undefined ? { token, channel } : { token, presented, channel };
  }

  /** What the response's head must say. */
  write(channel: Arrival['channel'], announcement: Announcement | undefined, token: string | undefined): HeadAdditions {
    if (announcement === undefined) return { vary: this.vary };
    return channel === 'cookie'
      ? { vary: this.vary, cookies: this.cookies(announcement, token) }
      : { vary: this.vary, headers: this.headers(announcement, token) };
  }

  private cookies(announcement: Announcement, token: string | undefined): Map<string, string> {
    const { name } = this.cookie;
    const cookies = new Map<string, string>();
    if (token === undefined) {
      cookies.set(name, this.serialized(name, '', 0));
      if (this.versioned) cookies.set(`${name}-v`, this.serialized(`${name}-v`, '', 0));
      return cookies;
    }
    const lifetime =
      this.cookie.persistent && announcement.expiresAt !== undefined
        ? Math.ceil((announcement.expiresAt - Date.now()) / 1_000)
        : undefined;
    if (announcement.token !== undefined || lifetime !== undefined)
      cookies.set(name, this.serialized(name, token, lifetime));
    if (this.versioned && announcement.version !== undefined) {
      cookies.set(`${name}-v`, this.serialized(`${name}-v`, floor(token, announcement.version), lifetime));
    }
    return cookies;
  }

  private headers(announcement: Announcement, token: string | undefined): [string, string][] {
    if (token === undefined) return [[TOKEN_HEADER, '']];
    const headers: [string, string][] = [];
    if (announcement.token !== undefined) headers.push([TOKEN_HEADER, token]);
    if (this.versioned && announcement.version !== undefined)
      headers.push([VERSION_HEADER, floor(token, announcement.version)]);
    return headers;
  }

  private serialized(name: string, value: string, maxAge: number | undefined): string {
    const { path, domain, sameSite, secure, partitioned } = this.cookie;
    const cookie = { name, value, path, domain, maxAge, sameSite, secure, partitioned, httpOnly: true };
    return stringifySetCookie(cookie as SetCookie, AS_IT_IS);
  }

  /** The version the client has seen. A hint: of another session, or nonsense, it is ignored. */
  private floorOf(headers: IncomingHttpHeaders, token: string, channel: Arrival['channel']): number | undefined {
    const value =
      channel === 'cookie'
        ? this.cookieOf(headers, `${this.cookie.name}-v`)
        : headers[VERSION_HEADER.toLowerCase()]?.toString();
    const [, prefix, version] = FLOOR_SYNTAX.exec(value ?? '') ?? [];
    return prefix === handleOf(token).slice(0, FLOOR_PREFIX) ? Number(version) : undefined;
  }

  /**
   * What a token looks like is for the repository to say: to look at each character here costs 1 µs of every read of a sealed cookie. But
   * where two may come, what can be none is no second one: a cookie that another application left behind, say.
   */
  private tokenIn(value: string | undefined): string | undefined {
    if (value === undefined || value === '' || value.length > LONGEST_TOKEN) return undefined;
    return this.mode !== 'both' || TOKEN_SYNTAX.test(value) ? value : undefined;
  }

  private cookieOf(headers: IncomingHttpHeaders, name: string): string | undefined {
    return headers.cookie === undefined ? undefined : cookieValue(headers.cookie, name);
  }
}

/** Tokens and versions are made of characters that a cookie may hold; `stringifySetCookie` refuses others. */
const AS_IT_IS = { encode: (value: string): string => value };

function floor(token: string, version: number): string {
  return `${handleOf(token).slice(0, FLOOR_PREFIX)}.${version}`;
}
