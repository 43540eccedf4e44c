import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RunningDemo } from '../running-demo.fixture.js';
import { Visitor } from '../visitor.fixture.js';

test('The demo over sealed cookies needs no server, and is ready', async () => {
  await using demo = await RunningDemo.start(['--store', 'cookie']);
  expect(demo.stdout).toMatch(/store +cookie +sealed in the visitor's cookie; revocations in \/\S+ \(throw-away\)/);
  expect((await new Visitor(demo.url).ask('GET', '/health/ready')).status).toBe(200);
});

test('Cookies of one run open nothing in the next, and its directory goes with it', async () => {
  await using first = await RunningDemo.start(['--store', 'cookie', '--instances', '1']);
  const directory = /revocations in (\/\S+)/.exec(first.stdout)?.[1] ?? '';
  expect(existsSync(directory)).toBe(true);
  const ann = new Visitor(first.url);
  await ann.ask('POST', '/api/login', { body: { user: 'ann' } });
  first.signal('SIGTERM');
  expect(await first.exit()).toBe(0);
  expect(existsSync(directory)).toBe(false);
  await using second = await RunningDemo.start(['--store', 'cookie', '--instances', '1']);
  expect((await ann.twin(second.url).ask('GET', '/api/session')).json).toMatchObject({ isNew: true, principal: null });
});
