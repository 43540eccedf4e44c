import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { hookPrototype } from './gated-response.js';

type Linked = IncomingMessage & { res?: ServerResponse };
type Reply = { raw?: ServerResponse };

/** Node's response that belongs to a request; undefined when there is none, as for an upgrade to a WebSocket. */
export function responseOf(source: object | ExecutionContext, raw: IncomingMessage): ServerResponse | undefined {
  if (!('switchToHttp' in source)) return (raw as Linked).res;
  const response = source.switchToHttp().getResponse<(ServerResponse & Reply) | undefined>();
  return response?.raw ?? response;
}

/**
 * Prepares the platform for sessions. Express puts the response on the request, and has a prototype for its responses where the gate
 * can be hooked in. Fastify has neither: a service that holds only the request could not be given its session, so one assignment for each request
 * is all that a route without a session meets there; a hook of Fastify costs several µs.
 */
export function preparePlatform(adapterHost: HttpAdapterHost): void {
  const adapter = adapterHost.httpAdapter;
  if (adapter?.getType() === 'express') hookPrototype(adapter.getInstance<{ response: ServerResponse }>().response);
  if (adapter?.getType() !== 'fastify') return;
  (adapter.getHttpServer() as Server).prependListener('request', (request: Linked, response: ServerResponse) => {
    request.res = response;
  });
}
