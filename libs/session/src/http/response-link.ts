import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

type Linked = IncomingMessage & { res?: ServerResponse };
type Reply = { raw?: ServerResponse };

/** Node's response that belongs to a request; undefined when there is none, as for an upgrade to a WebSocket. */
export function responseOf(source: object | ExecutionContext, raw: IncomingMessage): ServerResponse | undefined {
  if (!('switchToHttp' in source)) return (raw as Linked).res;
  const response = source.switchToHttp().getResponse<(ServerResponse & Reply) | undefined>();
  return response?.raw ?? response;
}

/**
 * Express puts the response on the request; Fastify does not, and then a service that holds only the request could not be given its
 * session. One assignment for each request, the only thing that a route without a session meets; a hook of Fastify costs several µs.
 */
export function linkResponses(adapterHost: HttpAdapterHost): void {
  const adapter = adapterHost.httpAdapter;
  if (adapter?.getType() !== 'fastify') return;
  (adapter.getHttpServer() as Server).prependListener('request', (request: Linked, response: ServerResponse) => {
    request.res = response;
  });
}
