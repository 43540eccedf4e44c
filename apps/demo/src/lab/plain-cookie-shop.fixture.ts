import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { LOOPBACK } from '../loopback.js';
import type { Lab } from './lab.js';

/** A shop as the article fears it: the cookie is the user's name, readable and unsigned, and a strange one makes it stumble. */
export class PlainCookieShop implements AsyncDisposable {
  private constructor(
    private readonly server: Server,
    readonly lab: Lab,
  ) {}

  static async start(): Promise<PlainCookieShop> {
    const server = createServer((request, response) => void answer(request, response));
    server.listen(0, LOOPBACK);
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const lab: Lab = {
      store: 'plain cookie',
      guarantees: undefined,
      url: `http://${LOOPBACK}:${port}`,
      instances: [],
      servers: [],
    };
    return new PlainCookieShop(server, lab);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = (await request.toArray()).join('');
  if (request.url === '/api/login') {
    const { user } = JSON.parse(body);
    response.setHeader('Set-Cookie', `who=${Buffer.from(JSON.stringify({ user })).toString('base64')}; Path=/`);
  }
  const { status, principal } = userIn(request.headers.cookie ?? '');
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ principal }));
}

function userIn(cookies: string): { status: number; principal: string | null } {
  const [, value] = /who=([^;]*)/.exec(cookies) ?? [];
  if (value === undefined) return { status: 200, principal: null };
  try {
    return { status: 200, principal: JSON.parse(Buffer.from(value, 'base64').toString()).user ?? null };
  } catch {
    return { status: 500, principal: null };
  }
}
