import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMariadb } from 'throwaway-servers';
import { describe, expect, test } from 'vitest';
import { BegunRequest } from './begun-request.fixture.js';
import { freePorts, RunningDemo } from './running-demo.fixture.js';
import { Visitor } from './visitor.fixture.js';

const SHUTDOWN_MS = 10_000;

/** Sends the signals and waits for the end of everything; answers how long it took. */
async function endedBy(demo: RunningDemo, send: () => void): Promise<number> {
  const began = performance.now();
  send();
  expect(await demo.exit()).toBe(0);
  const took = performance.now() - began;
  expect(demo.leftovers()).toEqual([]);
  return took;
}

test('When everything answers it prints every address, and then that it is ready', async () => {
  await using demo = await RunningDemo.start(['--instances', '2']);
  const lines = demo.stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.trim().split(/ {2,}/).slice(0, 2))).toEqual([
    ['store', 'files'],
    ['balancer', demo.url],
    ['instance A', demo.instanceUrl('A')],
    ['instance B', demo.instanceUrl('B')],
    [`ready ${demo.url}`],
  ]);
  expect(demo.stderr).toBe('');
  for (const name of ['A', 'B']) {
    expect((await new Visitor(demo.instanceUrl(name)).ask('GET', '/health/ready')).instance).toBe(name);
  }
  expect((await new Visitor(demo.url).ask('GET', '/health/ready')).status).toBe(200);
});

test('Somebody who logs in at one instance is logged in at the others, also with a Redis of the demo’s own', async () => {
  await using demo = await RunningDemo.start(['--store', 'redis']);
  const ann = new Visitor(demo.instanceUrl('A'));
  await ann.ask('POST', '/api/login', { body: { user: 'ann' } });
  for (const name of ['B', 'C']) {
    const { json } = await ann.twin(demo.instanceUrl(name)).ask('GET', '/api/session');
    expect(json).toMatchObject({ instance: name, principal: 'ann' });
  }
});

test('With three memcached of the demo’s own a login is everywhere, and none of them is left', async () => {
  await using demo = await RunningDemo.start(['--store', 'memcached']);
  expect(demo.stdout).toMatch(
    /^store +memcached +memcached:\/\/127\.0\.0\.1:\d+,127\.0\.0\.1:\d+,127\.0\.0\.1:\d+ \(throw-away\)$/m,
  );
  // The command, three instances and three servers.
  expect(demo.leftovers()).toHaveLength(7);
  const ann = new Visitor(demo.instanceUrl('A'));
  await ann.ask('POST', '/api/login', { body: { user: 'ann' } });
  for (const name of ['B', 'C']) {
    const { json } = await ann.twin(demo.instanceUrl(name)).ask('GET', '/api/session');
    expect(json).toMatchObject({ instance: name, principal: 'ann' });
  }
  await endedBy(demo, () => demo.signal('SIGTERM'));
});

test('Sessions of a MySQL are in a table that was made when it was missing, and outlive the demo', async () => {
  const server = await startMariadb();
  const flags = ['--store', 'mysql', '--url', server.url, '--instances', '2'];
  await using first = await RunningDemo.start(flags);
  const ann = new Visitor(first.instanceUrl('A'));
  await ann.ask('POST', '/api/login', { body: { user: 'ann' } });
  expect((await ann.twin(first.instanceUrl('B')).ask('GET', '/api/session')).json.principal).toBe('ann');
  await endedBy(first, () => first.signal('SIGTERM'));
  await using second = await RunningDemo.start(flags);
  expect((await ann.twin(second.url).ask('GET', '/api/session')).json.principal).toBe('ann');
  await endedBy(second, () => second.signal('SIGTERM'));
  await server.stop();
});

test('A MySQL of the demo’s own comes and goes with it', async () => {
  await using demo = await RunningDemo.start(['--store', 'mysql']);
  expect(demo.stdout).toMatch(/store +mysql +mysql:\/\/root@127\.0\.0\.1:\d+\/sessions \(throw-away\)/);
  const ann = new Visitor(demo.instanceUrl('A'));
  await ann.ask('POST', '/api/login', { body: { user: 'ann' } });
  expect((await ann.twin(demo.instanceUrl('C')).ask('GET', '/api/session')).json.principal).toBe('ann');
  expect(await endedBy(demo, () => demo.signal('SIGTERM'))).toBeLessThan(SHUTDOWN_MS);
});

test('The memory store warns that the instances share nothing, and they do not', async () => {
  await using demo = await RunningDemo.start(['--store', 'memory', '--instances', '2']);
  expect(demo.stderr).toContain('The instances share nothing');
  const ann = new Visitor(demo.instanceUrl('A'));
  await ann.ask('POST', '/api/login', { body: { user: 'ann' } });
  expect((await ann.ask('GET', '/api/session')).json.principal).toBe('ann');
  expect((await ann.twin(demo.instanceUrl('B')).ask('GET', '/api/session')).json.principal).toBeNull();
});

test('With the replicated store any instance takes a login, and one that was stopped has it when it is back', async () => {
  await using demo = await RunningDemo.start(['--store', 'replicated']);
  expect(demo.stderr).toBe('');
  const ann = new Visitor(demo.instanceUrl('C'));
  await ann.ask('POST', '/api/login', { body: { user: 'ann' } });
  const order = (what: string) => fetch(`${demo.url}/__demo/instances/C/${what}`, { method: 'POST' });
  expect((await order('stop')).ok).toBe(true);
  const atA = ann.twin(demo.instanceUrl('A'));
  expect((await atA.ask('PUT', '/api/session/data/basket', { body: { value: ['a'] } })).status).toBe(200);
  expect((await order('start')).ok).toBe(true);
  await demo.until(async () => {
    const { status } = await new Visitor(demo.instanceUrl('C')).ask('GET', '/health/ready');
    return status === 200;
  }, 'the returned instance is ready');
  const { json } = await atA.twin(demo.instanceUrl('C')).ask('GET', '/api/session');
  expect(json).toMatchObject({ instance: 'C', principal: 'ann', data: { basket: ['a'] } });
});

describe.each(['SIGINT', 'SIGTERM'] as const)('After %s nothing is left and the exit code is 0', (signal) => {
  test('sent to npm alone', async () => {
    await using demo = await RunningDemo.start(['--store', 'redis', '--instances', '1'], 'npm');
    expect(await endedBy(demo, () => demo.signal(signal))).toBeLessThan(SHUTDOWN_MS);
  });

  test('sent to the whole group', async () => {
    await using demo = await RunningDemo.start(['--store', 'redis', '--instances', '1'], 'npm');
    expect(await endedBy(demo, () => demo.signal(signal, 'group'))).toBeLessThan(SHUTDOWN_MS);
  });

  test('sent twice', async () => {
    await using demo = await RunningDemo.start(['--store', 'redis', '--instances', '1'], 'npm');
    const twice = (): void => {
      demo.signal(signal, 'group');
      demo.signal(signal, 'group');
    };
    expect(await endedBy(demo, twice)).toBeLessThan(SHUTDOWN_MS);
  });

  test('sent while it starts', async () => {
    await using demo = RunningDemo.launch(['--store', 'redis', '--port', String(await freePorts())]);
    await demo.until(() => demo.leftovers().length > 2, 'processes of its own run');
    expect(await endedBy(demo, () => demo.signal(signal))).toBeLessThan(SHUTDOWN_MS);
  });
});

test('A throw-away directory goes with the demo', async () => {
  const directoryOf = (demo: RunningDemo): string => /files +(\/\S+)/.exec(demo.stdout)?.[1] ?? '';
  await using first = await RunningDemo.start(['--instances', '1']);
  expect(existsSync(directoryOf(first))).toBe(true);
  await endedBy(first, () => first.signal('SIGTERM'));
  expect(existsSync(directoryOf(first))).toBe(false);
});

test('A given directory is made if missing, and its sessions outlive the demo', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'demo-spec-'));
  const directory = join(parent, 'made-by-the-demo');
  await using first = await RunningDemo.start(['--instances', '1', '--url', directory]);
  const ann = new Visitor(first.url);
  await ann.ask('POST', '/api/login', { body: { user: 'ann' } });
  await endedBy(first, () => first.signal('SIGTERM'));
  await using second = await RunningDemo.start(['--instances', '1', '--url', directory]);
  expect((await ann.twin(second.url).ask('GET', '/api/session')).json.principal).toBe('ann');
  await endedBy(second, () => second.signal('SIGTERM'));
  expect(existsSync(directory)).toBe(true);
  await rm(parent, { recursive: true });
});

test('A request in flight is answered before the demo ends', async () => {
  await using demo = await RunningDemo.start(['--instances', '1']);
  const begun = await BegunRequest.post(`${demo.url}/api/slow`);
  demo.signal('SIGTERM');
  await expect
    .poll(() => new Visitor(demo.url).ask('GET', '/api/noop').catch(() => 'closed'), { timeout: 10_000 })
    .toBe('closed');
  expect(await begun.finish({ ms: 200, key: 'late', value: 1 })).toMatchObject({
    status: 200,
    json: { data: { late: 1 } },
  });
  expect(await demo.exit()).toBe(0);
});

test('A request that takes too long does not keep the demo from ending', async () => {
  await using demo = await RunningDemo.start(['--instances', '1']);
  const begun = await BegunRequest.post(`${demo.url}/api/slow`);
  const cut = begun.finish({ ms: 60_000, key: 'late', value: 1 }).catch((error: unknown) => error);
  expect(await endedBy(demo, () => demo.signal('SIGTERM'))).toBeLessThan(SHUTDOWN_MS);
  expect(await cut).toBeInstanceOf(Error);
});

test('When the command is killed without a chance to clean up, instances and Redis end by themselves', async () => {
  await using demo = await RunningDemo.start(['--store', 'redis']);
  expect(demo.leftovers()).toHaveLength(5);
  demo.signal('SIGKILL');
  await expect.poll(() => demo.leftovers(), { timeout: SHUTDOWN_MS }).toEqual([]);
});
