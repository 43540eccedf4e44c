import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningDemo } from '../running-demo.fixture.js';
import { Visitor } from '../visitor.fixture.js';
import { CLAIM_STATEMENTS, type ClaimId } from './claims.js';
import { EventClient } from './event-client.fixture.js';
import { LabClient } from './lab-client.fixture.js';

/** How long it may take until the news is there, or a store is used again. */
const SOON = { timeout: 10_000 };

describe('What the lab page is told and may do', () => {
  let demo: RunningDemo;
  let lab: LabClient;
  let ann: Visitor;

  beforeAll(async () => {
    demo = await RunningDemo.start(['--store', 'redis']);
    lab = new LabClient(demo);
    ann = new Visitor(demo.url);
    await ann.ask('POST', '/api/login', { body: { user: 'ann' } });
  });

  afterAll(() => demo[Symbol.asyncDispose]());

  const principalAt = async (url: string) => (await ann.twin(url).ask('GET', '/api/session')).json.principal;

  test('is everything that runs and everything that can be tried', async () => {
    const view = await lab.view();
    expect(view).toMatchObject({ store: 'redis', results: [] });
    expect(view.description).toMatch(/^redis:.*\(throw-away\)$/);
    expect(view.stores).toEqual(['files', 'redis', 'mysql', 'memcached', 'cookie', 'replicated', 'memory']);
    expect(view.instances).toEqual(
      ['A', 'B', 'C'].map((name) => ({ name, url: demo.instanceUrl(name), pid: expect.any(Number), state: 'up' })),
    );
    expect(view.servers).toEqual([{ name: 'redis', kind: 'redis-server', state: 'up' }]);
    expect(view.experiments.map(({ name }) => name)).toContain('two-tabs');
    for (const { title, explanation, claims } of view.experiments) {
      expect(title).not.toBe('');
      expect(explanation.split(/[.?] /)).toHaveLength(2);
      expect(claims).not.toEqual([]);
      for (const { id, statement } of claims) expect(statement).toBe(CLAIM_STATEMENTS[id as ClaimId]);
    }
  });

  test('an instance that is killed is down, the others go on with its sessions, and it comes back', async () => {
    const killed = await lab.ask('POST', '/instances/B/kill');
    expect(killed).toMatchObject({ status: 200, json: { name: 'B', state: 'down', pid: null } });
    expect(await lab.stateOf('B')).toBe('down');
    const answers = [await ann.ask('GET', '/api/session'), await ann.ask('GET', '/api/session')];
    expect(answers.map(({ json }) => json.principal)).toEqual(['ann', 'ann']);
    expect(new Set(answers.map(({ instance }) => instance))).toEqual(new Set(['A', 'C']));
    const back = await lab.ask('POST', '/instances/B/resume');
    expect(back).toMatchObject({ status: 200, json: { name: 'B', state: 'up', pid: expect.any(Number) } });
    expect(await principalAt(demo.instanceUrl('B'))).toBe('ann');
  });

  test('an instance that is frozen keeps its process and answers when it is resumed', async () => {
    const { pid } = await demo.instance('C');
    expect((await lab.ask('POST', '/instances/C/freeze')).json.state).toBe('frozen');
    const late = principalAt(demo.instanceUrl('C'));
    expect(await Promise.race([late, principalAt(demo.instanceUrl('A')).then(() => 'nothing yet')])).toBe(
      'nothing yet',
    );
    expect((await lab.ask('POST', '/instances/C/resume')).json).toMatchObject({ state: 'up', pid });
    expect(await late).toBe('ann');
  });

  test('an instance that is slow answers later, by way of the balancer and by itself, until it is resumed', async () => {
    const took = async (url: string): Promise<number> => {
      const began = performance.now();
      await new Visitor(url).ask('GET', '/api/noop');
      return performance.now() - began;
    };
    expect((await lab.ask('POST', '/instances/A/slow')).json.state).toBe('slow');
    expect(await took(demo.instanceUrl('A'))).toBeGreaterThanOrEqual(299);
    expect((await lab.ask('POST', '/instances/A/resume')).json.state).toBe('up');
    await expect.poll(() => took(demo.instanceUrl('A')), SOON).toBeLessThan(299);
  });

  test('a store that is killed answers nobody, and comes back at the same address with its sessions', async () => {
    const { description } = await lab.view();
    expect((await lab.ask('POST', '/servers/redis/kill')).json).toMatchObject({ name: 'redis', state: 'down' });
    expect((await ann.ask('GET', '/api/session')).status).toBe(503);
    expect((await ann.ask('GET', '/api/noop')).status).toBe(200);
    expect((await lab.ask('POST', '/servers/redis/resume')).json.state).toBe('up');
    await expect.poll(() => principalAt(demo.url), SOON).toBe('ann');
    expect(await lab.view()).toMatchObject({ description, servers: [{ state: 'up' }] });
  });

  test('a store that is frozen or slow is said to be so, until it is resumed', async () => {
    expect((await lab.ask('POST', '/servers/redis/freeze')).json.state).toBe('frozen');
    expect((await ann.ask('GET', '/api/session')).status).toBe(503);
    expect((await lab.ask('POST', '/servers/redis/resume')).json.state).toBe('up');
    await expect.poll(() => principalAt(demo.url), SOON).toBe('ann');
    expect((await lab.ask('POST', '/servers/redis/slow')).json.state).toBe('slow');
    let began = 0;
    const asked = (): Promise<unknown> => {
      began = performance.now();
      return principalAt(demo.url);
    };
    await expect.poll(asked, SOON).toBe('ann');
    expect(performance.now() - began).toBeGreaterThanOrEqual(299);
    expect((await lab.ask('POST', '/servers/redis/resume')).json.state).toBe('up');
  });

  test.each([
    ['POST', '/instances/D/kill'],
    ['POST', '/servers/postgres/kill'],
    ['POST', '/instances/A/burn'],
    ['GET', '/instances/A/kill'],
    ['POST', '/experiments/magic/run'],
    ['PUT', '/lab'],
  ])('%s %s is not known', async (method, path) => {
    const answer = await lab.ask(method, path);
    expect(answer).toMatchObject({ status: 404, json: { statusCode: 404, error: 'Not Found' } });
  });

  test.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: 'http://127.0.0.1:1' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ host: 'evil.example' }],
    [{ host: 'evil.example', origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' }],
  ])('a page from elsewhere commands nothing and sees nothing: %o', async (headers) => {
    for (const [method, path] of [
      ['POST', '/instances/A/kill'],
      ['POST', '/instances/A/stop'],
      ['POST', '/servers/redis/kill'],
      ['POST', '/experiments/jump/run'],
      ['GET', '/lab'],
      ['GET', '/events'],
    ] as const) {
      expect((await lab.ask(method, path, undefined, headers)).status).toBe(403);
    }
    expect(await lab.view()).toMatchObject({
      instances: [{ state: 'up' }, { state: 'up' }, { state: 'up' }],
      servers: [{ state: 'up' }],
    });
    expect((await lab.view()).running).toBeUndefined();
  });

  test('the demo’s own page may', async () => {
    const headers = { origin: demo.url, 'sec-fetch-site': 'same-origin' };
    expect((await lab.ask('POST', '/instances/A/resume', undefined, headers)).status).toBe(200);
    const localhost = `localhost:${demo.port}`;
    const named = { host: localhost, origin: `http://${localhost}` };
    expect((await lab.ask('POST', '/instances/A/resume', undefined, named)).status).toBe(200);
  });

  test('whoever watches sees the whole first, every change, and the requests that pass', async () => {
    using watcher = await EventClient.open(demo.url);
    await expect.poll(() => watcher.of('view').length, SOON).toBeGreaterThan(0);
    expect(watcher.of('view')[0]).toEqual(await lab.view());
    const { instance } = await ann.ask('PUT', '/api/session/data/seen?x=1', { body: { value: 1 } });
    await expect
      .poll(() => watcher.of('requests').flat(), SOON)
      .toContainEqual({ instance, method: 'PUT', path: '/api/session/data/seen', status: 200, ms: expect.any(Number) });
    await lab.ask('POST', '/instances/A/freeze');
    await expect.poll(() => watcher.of('view').at(-1)?.instances[0]?.state, SOON).toBe('frozen');
    await lab.ask('POST', '/instances/A/resume');
    await expect.poll(() => watcher.of('view').at(-1)?.instances[0]?.state, SOON).toBe('up');
  });
});

test('A directory can be taken away and given back, and neither frozen nor slowed down; one of three is not missed', async () => {
  await using demo = await RunningDemo.start(['--store', 'files', '--instances', '2']);
  const lab = new LabClient(demo);
  const ann = new Visitor(demo.url);
  await ann.ask('POST', '/api/login', { body: { user: 'ann' } });
  const [directory] = (await lab.view()).servers;
  expect(directory).toMatchObject({ kind: 'directory', state: 'up', cannot: ['freeze', 'slow'] });
  for (const deed of ['freeze', 'slow']) {
    expect((await lab.ask('POST', `/servers/${directory?.name}/${deed}`)).status).toBe(409);
  }
  const servers = (await lab.view()).servers.map(({ name }) => name);
  for (const name of servers) {
    expect((await ann.ask('GET', '/api/session')).json.principal).toBe('ann');
    expect((await lab.ask('POST', `/servers/${name}/kill`)).json.state).toBe('down');
    if (name !== servers[0]) break;
  }
  expect((await ann.ask('GET', '/api/session')).status).toBe(503);
  for (const name of servers) expect((await lab.ask('POST', `/servers/${name}/resume`)).json.state).toBe('up');
  await expect.poll(async () => (await ann.ask('GET', '/api/session')).json.principal, SOON).toBe('ann');
});

test('Somebody who watches, and an experiment that runs, do not keep the demo from ending', async () => {
  await using demo = await RunningDemo.start(['--store', 'redis']);
  const lab = new LabClient(demo);
  using watcher = await EventClient.open(demo.url);
  expect((await lab.ask('POST', '/experiments/instance-killed/run')).status).toBe(202);
  await expect.poll(() => lab.stateOf('A'), { timeout: 10_000 }).toBe('down');
  const began = performance.now();
  demo.signal('SIGTERM');
  expect(await demo.exit()).toBe(0);
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(demo.leftovers()).toEqual([]);
  await expect.poll(() => watcher.ended, SOON).toBe(true);
});

test('An experiment that fills the store empties it again, also when it is stopped in the middle', async () => {
  await using demo = await RunningDemo.start(['--store', 'redis']);
  const lab = new LabClient(demo);
  const { description } = await lab.view();
  const redis = new Redis(description.split(' ')[0] ?? '');
  const largeSessions = async (): Promise<number> => {
    const sizes = await Promise.all((await redis.keys('*')).map((key) => redis.memory('USAGE', key)));
    return sizes.filter((bytes) => (bytes ?? 0) > 20_000).length;
  };
  const began = Date.now();
  expect((await lab.ask('POST', '/experiments/fill/run')).status).toBe(202);
  await expect.poll(largeSessions, { timeout: 20_000, interval: 20 }).toBeGreaterThan(10);
  await lab.ask('POST', '/experiments/stop');
  expect((await lab.resultSince(began, 'fill')).failure).toBe('It was stopped');
  // The visitor whose size limit was looked for is left, and what was under way when it was stopped.
  expect(await largeSessions()).toBeLessThanOrEqual(5);
  redis.disconnect();
});
