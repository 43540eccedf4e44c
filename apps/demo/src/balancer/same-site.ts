import type { IncomingHttpHeaders } from 'node:http';

const OF_THIS_MACHINE = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Whether a request may command the demo: a person's at this machine, and not one that a page from elsewhere makes their browser
 * send. The host must be this machine (against DNS rebinding), and the origin, where a browser names it, the same as the host
 * (against cross-site request forgery; Fetch Metadata, section 2.3, where there is no origin).
 */
export function isOwnRequest(headers: IncomingHttpHeaders): boolean {
  const { host = '', origin } = headers;
  const site = headers['sec-fetch-site'];
  if (!OF_THIS_MACHINE.has(host.replace(/:\d+$/, ''))) return false;
  if (origin !== undefined && origin !== `http://${host}`) return false;
  return site === undefined || site === 'same-origin' || site === 'none';
}
