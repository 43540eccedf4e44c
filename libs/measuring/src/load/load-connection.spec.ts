import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { Load } from './load.js';

test('A wrong answer fails with its status and body, and without its headers, which may hold a token', async () => {
  const server = createServer((_request, response) => {
    response.statusCode = 500;
    response.setHeader('Set-Cookie', 'session=secret-token').end('{"message":"it broke"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const load = new Load({ port, method: 'GET', path: '/', cookies: ['a=b'], holds: '"instance"' });
  await load.open();
  const error: unknown = await load.drive({ requests: 1 }).catch((reason: unknown) => reason);
  expect(String(error)).toContain('HTTP/1.1 500 Internal Server Error {"message":"it broke"}');
  expect(String(error)).not.toContain('secret-token');
  load.close();
  server.close();
});
