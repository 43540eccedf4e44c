import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freePorts, RunningDemo } from '../running-demo.fixture.js';

/** Runs a command line that must fail; answers the one line that it says. */
async function complaintOf(...flags: string[]): Promise<string> {
  await using demo = RunningDemo.launch(flags);
  expect(await demo.exit()).toBe(1);
  expect(demo.leftovers()).toEqual([]);
  expect(demo.stdout).toBe('');
  expect(demo.stderr).toMatch(/^[^\n]+\n$/);
  return demo.stderr;
}

async function occupied(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('A command line that cannot work is refused in one line', () => {
  test.each([
    [['--stores', 'files'], "Unknown option '--stores'"],
    [['files'], "Unexpected argument 'files'"],
    [['--store'], '--store'],
    [['--secure=yes'], '--secure'],
    [['--store', 'floppy'], '--store is one of files, redis, mysql, memcached, cookie, replicated, memory'],
    [['--store', 'constructor'], '--store is one of'],
    [['--store', 'cookie', '--url', 'x'], 'cookie takes no --url'],
    [['--store', 'memory', '--url', 'x'], 'memory takes no --url'],
    [['--store', 'replicated', '--url', 'x'], 'replicated takes no --url'],
    [['--store', 'redis', '--url', 'localhost'], 'redis://host:port'],
    [['--store', 'redis', '--url', 'http://127.0.0.1:1'], 'redis://host:port'],
    [['--store', 'memcached', '--url', 'localhost'], 'memcached://host:port,host:port'],
    [['--store', 'memcached', '--url', 'memcached://user:hidden-word@'], 'memcached://host:port,host:port'],
    [['--store', 'mysql', '--url', 'mysql://127.0.0.1'], 'mysql://user:password@host:port/database'],
    [['--store', 'mysql', '--url', 'redis://127.0.0.1/0'], 'mysql://user:password@host:port/database'],
    [['--platform', 'koa'], '--platform is fastify or express'],
    [['--instances', '0'], '--instances is a whole number from 1 to 26'],
    [['--instances', '27'], '--instances'],
    [['--instances', 'three'], '--instances'],
    [['--port', '0'], '--port is a whole number from 1'],
    [['--port', '65533'], '--port'],
    [['--port', '1e3'], '--port'],
    [['--idle', '30'], '--idle is a duration such as 500ms, 2s, 30m or 12h'],
    [['--idle', '0s'], '--idle'],
    [['--absolute', '1d'], '--absolute is a duration'],
  ])('%j: %s', async (flags, complaint) => {
    expect(await complaintOf(...flags)).toContain(complaint);
  });
});

describe('What the machine cannot give is said in one line', () => {
  test.each([
    ['the balancer', 0],
    ['instance C', 3],
  ])('the port of %s is in use', async (owner, offset) => {
    const port = await freePorts();
    const other = await occupied(port + offset);
    expect(await complaintOf('--port', String(port))).toContain(`Port ${port + offset} for ${owner} is in use`);
    other.close();
  });

  test('nobody listens where the Redis should be, and its password is not repeated', async () => {
    const port = await freePorts();
    const url = `redis://:hidden-word@127.0.0.1:${port + 3}`;
    const complaint = await complaintOf('--port', String(port), '--instances', '1', '--store', 'redis', '--url', url);
    expect(complaint).toContain(`The store cannot be reached at redis://127.0.0.1:${port + 3}`);
    expect(complaint).not.toContain('hidden-word');
  });

  test('nobody listens where the memcached should be, and their password is not repeated', async () => {
    const port = await freePorts();
    const nodes = `127.0.0.1:${port + 2},127.0.0.1:${port + 3}`;
    const url = `memcached://user:hidden-word@${nodes}`;
    const complaint = await complaintOf(
      '--port',
      String(port),
      '--instances',
      '1',
      '--store',
      'memcached',
      '--url',
      url,
    );
    expect(complaint).toContain(`The store cannot be reached at memcached://${nodes}`);
    expect(complaint).not.toContain('hidden-word');
  });

  test('nobody listens where the MySQL should be, and its password is not repeated', async () => {
    const port = await freePorts();
    const url = `mysql://shop:hidden-word@127.0.0.1:${port + 3}/shop`;
    const complaint = await complaintOf('--port', String(port), '--instances', '1', '--store', 'mysql', '--url', url);
    expect(complaint).toContain(`The store cannot be reached at mysql://127.0.0.1:${port + 3}/shop`);
    expect(complaint).not.toContain('hidden-word');
  });

  test('a Redis that takes the connection and says nothing', async () => {
    const port = await freePorts();
    const mute = await occupied(port + 3);
    const url = `redis://127.0.0.1:${port + 3}`;
    const complaint = await complaintOf('--port', String(port), '--instances', '1', '--store', 'redis', '--url', url);
    expect(complaint).toContain('The store cannot be reached');
    mute.close();
  });

  test('the directory for the files is a file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'demo-spec-'));
    const file = join(directory, 'taken');
    await writeFile(file, '');
    expect(await complaintOf('--port', String(await freePorts()), '--url', file)).toContain(
      `directory ${file} cannot be used`,
    );
    await rm(directory, { recursive: true });
  });

  test('deadlines that make no sense stop the instances at their boot', async () => {
    const flags = ['--port', String(await freePorts()), '--instances', '1', '--idle', '2h', '--absolute', '1h'];
    expect(await complaintOf(...flags)).toMatch(/Instance A did not start: .*Timeout/);
  });
});

test('--help says what there is', async () => {
  await using demo = RunningDemo.launch(['--help']);
  expect(await demo.exit()).toBe(0);
  expect(demo.stdout).toContain('npm run demo -- [--store files|redis|memcached|mysql|cookie|replicated|memory]');
});
