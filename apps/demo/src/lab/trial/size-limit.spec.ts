import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { largestAccepted } from './size-limit.js';
import { Visitor } from './visitor.js';

const ROOM = 5_000;

let shop: Server;
let url: string;
beforeEach(async () => {
  let requests = 0;
  const data: Record<string, unknown> = {};
  // It cannot answer every other request, whatever that is about.
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = (request.method === 'GET' ? {} : await json(request)) as { bytes?: number; value?: unknown };
    const answer = (status: number, view: object = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(view));
    };
    requests += 1;
    if (requests % 2 === 1) return answer(503);
    if (body.bytes !== undefined && body.bytes > ROOM) return answer(413);
    if (body.bytes !== undefined) data['filler'] = 'x'.repeat(body.bytes);
    else if (request.method !== 'GET') data['kept'] = body.value;
    return answer(200, { data });
  };
  shop = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
  await once(shop, 'listening');
  url = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
});
afterEach(() => {
  shop.closeAllConnections();
  shop.close();
});

test('A store that cannot answer at the moment has neither refused a value nor damaged a session', async () => {
  const limit = await largestAccepted(new Visitor(url, new AbortController().signal));
  expect(limit).toMatchObject({ refusedWith: 413, intact: true });
  expect(limit.bytes).toBeGreaterThan(ROOM - 20);
  expect(limit.bytes).toBeLessThanOrEqual(ROOM);
});
