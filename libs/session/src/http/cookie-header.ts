/**
 * The value of a cookie in a Cookie header; undefined when it is absent, and when it comes twice with different values:
 * browsers send both where a neighbouring domain planted a second one, and nobody can tell which is ours (RFC 6265bis, 8.6).
 */
export function cookieValue(header: string, name: string): string | undefined {
  let found: string | undefined;
  for (let start = 0; start < header.length;) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon < 0 ? header.length : semicolon;
    const equals = header.indexOf('=', start);
    if (equals > 0 && equals < end && header.slice(start, equals).trim() === name) {
      const value = header.slice(equals + 1, end).trim();
      if (found !== undefined && found !== value) return undefined;
      found = value;
    }
    start = end + 1;
  }
  return found;
}
