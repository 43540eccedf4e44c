import type { ServerResponse } from 'node:http';

/** Fastify's reply, as far as it is needed here. */
export interface FastifyResponse {
  readonly raw: ServerResponse;
  /** From now on Fastify leaves the response alone. */
  hijack(): unknown;
}

/** What `@Res()` gives: Node's own response on Express, a reply around one on Fastify. */
export type AnyResponse = ServerResponse | FastifyResponse;

/** Node's response, for a handler that writes it itself. */
export function takeOver(response: AnyResponse): ServerResponse {
  if (!('raw' in response)) return response;
  response.hijack();
  return response.raw;
}
