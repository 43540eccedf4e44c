import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Visitor } from './visitor.js';

const PATIENCE_MS = 400;

let silent: Server;
let url: string;
beforeAll(async () => {
  silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
});
afterAll(() => {
  silent.closeAllConnections();
  silent.close();
});

/** Runs the garbage collector now. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

test('Nobody waits for an answer for longer than they have patience, whatever is collected meanwhile', async () => {
  const visitor = new Visitor(url, new AbortController().signal, PATIENCE_MS);
  const replies = Promise.all(Array.from({ length: 10 }, () => visitor.look()));
  while (!(await Promise.race([replies.then(() => true), delay(20, false)]))) collect();
  expect((await replies).map(({ status, acknowledged }) => [status, acknowledged])).toEqual(
    Array.from({ length: 10 }, () => [0, false]),
  );
});

test('What runs ends with its signal, and what begins after it does not begin', async () => {
  const end = new AbortController();
  const visitor = new Visitor(url, end.signal);
  const look = visitor.look();
  await once(silent, 'request');
  end.abort(new Error('It was stopped'));
  await expect(look).rejects.toThrow('It was stopped');
  await expect(visitor.look()).rejects.toThrow('It was stopped');
});
