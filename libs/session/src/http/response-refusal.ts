import type { ServerResponse } from 'node:http';
import { type HeadAdditions, type HeadArguments, addToResponse, headersOf } from './response-head.js';

/** A response in place of the handler's. */
export interface Refusal {
  readonly status: number;
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers that describe the handler's own body or outcome. All others, such as CORS and Vary, hold for the refusal too. */
const OF_THE_BODY = new Set([
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'etag',
  'last-modified',
  'location',
  'refresh',
  'trailer',
  'transfer-encoding',
]);

/** Makes the head that the handler had begun, perhaps with `writeHead(...head)`, into the refusal's; returns the body to send. */
export function refusedHead(
  response: ServerResponse,
  head: HeadArguments,
  refusal: Refusal,
  additions: HeadAdditions,
): string {
  for (const name of response.getHeaderNames()) if (OF_THE_BODY.has(name)) response.removeHeader(name);
  for (const [name, value] of headersOf(head)) {
    if (!OF_THE_BODY.has(name.toLowerCase())) response.setHeader(name, value);
  }
  addToResponse(response, additions);
  response.statusCode = refusal.status;
  response.statusMessage = '';
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
  return JSON.stringify(refusal.body);
}
