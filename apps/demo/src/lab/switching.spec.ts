import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from 'throwaway-servers';
import { expect, test } from 'vitest';
import { RunningDemo } from '../running-demo.fixture.js';
import { Visitor } from '../visitor.fixture.js';
import { LabClient } from './lab-client.fixture.js';

/** Logs in at A; who that is at B. */
async function principalAtTheOther(demo: RunningDemo): Promise<string | null> {
  const visitor = new Visitor(demo.instanceUrl('A'));
  await visitor.ask('POST', '/api/login', { body: { user: 'ann' } });
  return (await visitor.twin(demo.instanceUrl('B')).ask('GET', '/api/session')).json.principal;
}

test('The cluster restarts on another store at the same addresses, and what the one before had started is gone', async () => {
  await using demo = await RunningDemo.start(['--store', 'memory', '--instances', '2']);
  const lab = new LabClient(demo);
  const before = await lab.view();
  expect(await principalAtTheOther(demo)).toBeNull();

  const switched = await lab.switchTo('redis');
  expect(switched).toMatchObject({ status: 200, json: { store: 'redis', servers: [{ name: 'redis', state: 'up' }] } });
  expect(switched.json.switchingTo).toBeUndefined();
  expect(switched.json.instances.map(({ url }) => url)).toEqual(before.instances.map(({ url }) => url));
  expect(switched.json.instances.map(({ state }) => state)).toEqual(['up', 'up']);
  expect(await principalAtTheOther(demo)).toBe('ann');
  // The command, two instances and a Redis.
  expect(demo.leftovers()).toHaveLength(4);

  expect((await lab.switchTo('cookie')).json).toMatchObject({ store: 'cookie', servers: [] });
  expect(await principalAtTheOther(demo)).toBe('ann');
  expect(demo.leftovers()).toHaveLength(3);
});

test('A store that there is not is refused, and nothing happens', async () => {
  await using demo = await RunningDemo.start(['--store', 'memory', '--instances', '1']);
  const lab = new LabClient(demo);
  const { instances } = await lab.view();
  for (const body of [{ store: 'floppy' }, { store: 1 }, {}, [], 'redis']) {
    expect((await lab.ask('POST', '/store', body)).status).toBe(400);
  }
  expect((await lab.ask('POST', '/store', { store: 'x'.repeat(20_000) })).status).toBe(413);
  expect((await lab.view()).instances).toEqual(instances);
});

test('When the other store cannot be opened or does not answer, the one before is there again', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'switching-spec-'));
  const directory = join(parent, 'sessions');
  await using files = await RunningDemo.start(['--url', directory, '--instances', '2']);
  const overFiles = new LabClient(files);
  expect((await overFiles.switchTo('memory')).status).toBe(200);
  await rm(directory, { recursive: true });
  await writeFile(directory, '');
  const failed = await overFiles.switchTo('files');
  expect(failed).toMatchObject({ status: 500, json: { message: expect.stringContaining('cannot be used') } });
  expect(await overFiles.view()).toMatchObject({ store: 'memory', instances: [{ state: 'up' }, { state: 'up' }] });
  expect((await new Visitor(files.url).ask('GET', '/api/session')).status).toBe(200);
  await rm(parent, { recursive: true });

  const redis = await startRedis();
  await using demo = await RunningDemo.start(['--store', 'redis', '--url', redis.url, '--instances', '2']);
  const lab = new LabClient(demo);
  expect((await lab.switchTo('memory')).status).toBe(200);
  await redis.stop();
  const refused = await lab.switchTo('redis');
  expect(refused).toMatchObject({ status: 500, json: { message: expect.stringContaining('cannot be reached') } });
  expect(await lab.view()).toMatchObject({ store: 'memory', instances: [{ state: 'up' }, { state: 'up' }] });
  expect((await new Visitor(demo.url).ask('GET', '/api/session')).status).toBe(200);
});

test('While it is switched, the balancer says so, takes no second switch and no experiment, and can be ended', async () => {
  await using demo = await RunningDemo.start(['--store', 'memory', '--instances', '2']);
  const lab = new LabClient(demo);
  const switching = lab.switchTo('redis').catch(() => undefined);
  await expect.poll(async () => (await lab.view()).switchingTo, { interval: 5, timeout: 10_000 }).toBe('redis');
  expect(await lab.switchTo('cookie')).toMatchObject({
    status: 409,
    json: { message: expect.stringContaining('redis') },
  });
  for (const path of ['/experiments/two-tabs/run', '/instances/A/resume', '/instances/A/start', '/instances/B/kill']) {
    expect(await lab.ask('POST', path)).toMatchObject({
      status: 409,
      json: { message: expect.stringContaining('redis') },
    });
  }
  demo.signal('SIGTERM');
  expect(await demo.exit()).toBe(0);
  expect(demo.leftovers()).toEqual([]);
  await switching;
});
