import type { CookieSettings } from '../http/session-transport.js';
import type { SessionCookieOptions } from '../session.options.js';

/** The cookie's options with all defaults filled in. */
export function cookieSettings(options: SessionCookieOptions): CookieSettings {
  const { domain, path = '/', sameSite = 'lax', insecure = false, partitioned = false, persistent = false } = options;
  return {
    name: options.name ?? defaultName(insecure, domain === undefined && path === '/'),
    path,
    ...(domain !== undefined && { domain }),
    sameSite,
    secure: !insecure,
    partitioned,
    persistent,
  };
}

/** Combinations that browsers drop without a word (RFC 6265bis, 4.1.3 and 5.7). */
export function cookieProblems(options: SessionCookieOptions): string[] {
  const { name, domain, path, secure, sameSite, partitioned } = cookieSettings(options);
  const problems: string[] = [];
  if (/^__host-/i.test(name)) {
    if (domain !== undefined) problems.push(`cookie.domain: found '${domain}', allowed with a name of __Host- is none`);
    if (path !== '/') problems.push(`cookie.path: found '${path}', allowed with a name of __Host- is '/'`);
  }
  if (!secure) {
    if (/^__(host|secure)-/i.test(name)) {
      problems.push(`cookie.insecure: found true, allowed with the name '${name}' is false: the prefix needs Secure`);
    }
    if (sameSite === 'none')
      problems.push("cookie.sameSite: found 'none', allowed with cookie.insecure is 'lax' or 'strict'");
    if (partitioned) problems.push('cookie.partitioned: found true, allowed with cookie.insecure is false');
  }
  return problems;
}

function defaultName(insecure: boolean, ofThisHostAlone: boolean): string {
  if (insecure) return 'sid';
  return ofThisHostAlone ? '__Host-sid' : '__Secure-sid';
}
