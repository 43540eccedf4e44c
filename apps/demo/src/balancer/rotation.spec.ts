import { startRedis } from 'throwaway-servers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BegunRequest } from '../begun-request.fixture.js';
import { RunningDemo } from '../running-demo.fixture.js';
import { Visitor, type Answer } from '../visitor.fixture.js';

describe('The balancer in front of three instances', () => {
  let demo: RunningDemo;
  let visitor: Visitor;

  beforeAll(async () => {
    demo = await RunningDemo.start();
    visitor = new Visitor(demo.url);
  });

  afterAll(() => demo[Symbol.asyncDispose]());

  /** Who answers so many requests, one after the other. */
  async function whoAnswers(requests: number, method = 'GET', path = '/api/noop'): Promise<(string | null)[]> {
    const names = [];
    for (let count = 0; count < requests; count += 1) names.push((await visitor.ask(method, path)).instance);
    return names;
  }

  async function act(name: string, action: 'stop' | 'start'): Promise<void> {
    const answer = await visitor.ask('POST', `/__demo/instances/${name}/${action}`);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ name, state: action === 'stop' ? 'stopped' : 'up' });
  }

  async function signal(name: string, signalName: NodeJS.Signals): Promise<void> {
    process.kill((await demo.instance(name)).pid ?? 0, signalName);
  }

  test('takes them in turn, whoever asks for whatever', async () => {
    const [first, second, third] = await whoAnswers(3);
    expect([first, second, third].toSorted()).toEqual(['A', 'B', 'C']);
    expect(await whoAnswers(6)).toEqual([first, second, third, first, second, third]);
    expect(await whoAnswers(3, 'POST', '/api/session/touch')).toEqual([first, second, third]);
  });

  test('lists them', async () => {
    const instances = await demo.instances();
    expect(instances).toEqual(
      ['A', 'B', 'C'].map((name) => ({ name, url: demo.instanceUrl(name), pid: expect.any(Number), state: 'up' })),
    );
    expect(new Set(instances.map(({ pid }) => pid)).size).toBe(3);
  });

  test('stops and starts one, with its process, and asks the others meanwhile', async () => {
    const { pid } = await demo.instance('B');
    await act('B', 'stop');
    expect(demo.leftovers()).not.toContain(pid);
    expect(await demo.instance('B')).toMatchObject({ pid: null, state: 'stopped' });
    expect(new Set(await whoAnswers(6))).toEqual(new Set(['A', 'C']));
    await act('B', 'stop');
    await act('B', 'start');
    await act('B', 'start');
    expect(new Set(await whoAnswers(3))).toEqual(new Set(['A', 'B', 'C']));
  });

  test('lets a stopped instance finish what it has begun', async () => {
    const begun = await BegunRequest.post(`${demo.instanceUrl('B')}/api/slow`);
    const stopped = act('B', 'stop');
    await demo.until(async () => (await demo.instance('B')).state === 'stopping', 'B is about to stop');
    expect(await begun.finish({ ms: 200, key: 'k', value: 1 })).toMatchObject({
      status: 200,
      json: { data: { k: 1 } },
    });
    await stopped;
    await act('B', 'start');
  });

  test('asks nothing of one that somebody else has told to end, while it finishes what it has begun', async () => {
    const begun = await BegunRequest.post(`${demo.instanceUrl('C')}/api/slow`);
    await signal('C', 'SIGTERM');
    await demo.until(async () => (await demo.instance('C')).state === 'stopping', 'C is about to stop');
    expect(await whoAnswers(4, 'POST', '/api/session/touch')).not.toContain('C');
    expect(await begun.finish({ ms: 0, key: 'k', value: 1 })).toMatchObject({ status: 200 });
    await act('C', 'start');
    expect(demo.stderr).toContain('Instance C was told to end and is out of rotation\n');
  });

  test('takes one that dies out of rotation at once, and says so', async () => {
    await signal('C', 'SIGKILL');
    expect(new Set(await whoAnswers(6))).toEqual(new Set(['A', 'B']));
    await demo.until(() => demo.stderr.includes('Instance C died (SIGKILL) and is out of rotation\n'), 'it says so');
    expect(await demo.instance('C')).toMatchObject({ state: 'stopped' });
    await act('C', 'start');
  });

  /** Three requests, one of them at an instance that dies over it. */
  async function dieOver(name: string, ask: () => Promise<Answer>): Promise<Answer[]> {
    await signal(name, 'SIGSTOP');
    const answers: Answer[] = [];
    const asked = [1, 2, 3].map(async () => answers.push(await ask()));
    await expect.poll(() => answers.length, { timeout: 3_000 }).toBe(2);
    await signal(name, 'SIGKILL');
    await Promise.all(asked);
    await act(name, 'start');
    return answers;
  }

  test('asks another one when one dies over a GET', async () => {
    const answers = await dieOver('A', () => visitor.twin().ask('GET', '/api/session'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.map(({ instance }) => instance)).not.toContain('A');
  });

  test('asks nobody else when one dies over a POST: who knows what it had done', async () => {
    const answers = await dieOver('A', () => visitor.twin().ask('POST', '/api/session/touch'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 502]);
    const [, , { json } = { json: undefined }] = answers;
    expect(json).toEqual({ statusCode: 502, error: 'Bad Gateway', message: expect.stringContaining('Instance A') });
  });

  test('takes a frozen one out of rotation until it answers again', async () => {
    await signal('B', 'SIGSTOP');
    const answers = await Promise.all([1, 2, 3].map(() => visitor.twin().ask('GET', '/api/noop')));
    expect(answers.map(({ instance }) => instance)).not.toContain('B');
    await demo.until(async () => (await demo.instance('B')).state === 'silent', 'B is silent');
    expect(new Set(await whoAnswers(4))).toEqual(new Set(['A', 'C']));
    await signal('B', 'SIGCONT');
    await demo.until(async () => (await demo.instance('B')).state === 'up', 'B is up');
    expect(demo.stderr).toMatch(/Instance B does not answer and is out of rotation\nInstance B answers again\n$/);
  });

  test('starts one again that has died this moment', async () => {
    const { pid } = await demo.instance('A');
    await signal('A', 'SIGKILL');
    await act('A', 'start');
    expect((await demo.instance('A')).pid).not.toBe(pid);
  });

  test('answers 503 when nobody is in rotation, and goes on when somebody is', async () => {
    await Promise.all(['A', 'B', 'C'].map((name) => act(name, 'stop')));
    const answer = await visitor.ask('GET', '/api/noop');
    expect(answer).toMatchObject({ status: 503, instance: null });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.json).toEqual({ statusCode: 503, error: 'Service Unavailable', message: expect.any(String) });
    await Promise.all(['A', 'B', 'C'].map((name) => act(name, 'start')));
    expect((await visitor.ask('GET', '/api/noop')).status).toBe(200);
  });

  test.each([
    ['GET', '/__demo/instances/A/stop'],
    ['POST', '/__demo/instances/D/stop'],
    ['POST', '/__demo/instances/A/burn'],
    ['POST', '/__demo/instances'],
    ['GET', '/__demo'],
  ])('does not know %s %s', async (method, path) => {
    const answer = await visitor.ask(method, path);
    expect(answer).toMatchObject({ status: 404, instance: null });
    expect(answer.json).toEqual({ statusCode: 404, error: 'Not Found', message: `Cannot ${method} ${path}` });
  });
});

test('Instances whose store is down stay in rotation and answer 503 themselves', async () => {
  const redis = await startRedis();
  await using demo = await RunningDemo.start(['--store', 'redis', '--url', redis.url]);
  const ann = new Visitor(demo.url);
  await ann.ask('POST', '/api/login', { body: { user: 'ann' } });
  await redis.kill();
  const answers = [];
  for (let count = 0; count < 3; count += 1) answers.push(await ann.ask('GET', '/api/session'));
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
  expect(new Set(answers.map(({ instance }) => instance))).toEqual(new Set(['A', 'B', 'C']));
  expect(answers[0]?.headers.get('retry-after')).not.toBeNull();
  expect((await ann.ask('GET', '/api/noop')).status).toBe(200);
  expect((await ann.ask('GET', '/health/live')).status).toBe(200);
  const unready = await ann.ask('GET', '/health/ready');
  expect(unready.json).toEqual({ statusCode: 503, error: 'Service Unavailable', message: expect.any(String) });
  expect(unready.headers.get('retry-after')).not.toBeNull();
  await redis.restart();
  await demo.until(async () => (await ann.ask('GET', '/api/session')).status === 200, 'the store is back');
  await redis.stop();
});
