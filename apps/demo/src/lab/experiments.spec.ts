import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningDemo } from '../running-demo.fixture.js';
import { EventClient } from './event-client.fixture.js';
import { LabClient } from './lab-client.fixture.js';

const SOON = { timeout: 10_000 };

let demo: RunningDemo;
let lab: LabClient;

beforeAll(async () => {
  demo = await RunningDemo.start(['--store', 'memory']);
  lab = new LabClient(demo);
});
afterAll(() => demo[Symbol.asyncDispose]());

describe('Where the instances share nothing, the experiments show it:', () => {
  test('somebody logged in at one is a stranger at the others', async () => {
    const { figure, picture } = await lab.outcomeOf('no-sharing');
    expect(figure('logged in at the other instances')).toBe(0);
    expect(figure('strangers at the other instances')).toBe(20);
    expect(picture).toMatchObject({ kind: 'tiles', tiles: Array(20).fill('bad') });
  });

  test('what was written at one is never seen at another', async () => {
    const { figure } = await lab.outcomeOf('jump');
    expect(figure('stale reads')).toBe(100);
    expect(figure('changes never seen')).toBeGreaterThan(0);
  });

  test('a logout at one leaves the login alive at another', async () => {
    expect((await lab.outcomeOf('logout-race')).figure('sessions alive after logout')).toBe(8);
  });

  test('no token in a header helps', async () => {
    expect((await lab.outcomeOf('client-without-cookies')).figure('known by the header')).toBe(0);
  });

  test('what an instance had dies with it, acknowledged or not', async () => {
    const { figure } = await lab.outcomeOf('instance-killed');
    expect(figure('answered during the failure')).toBeLessThan(90);
    expect(figure('acknowledged writes lost')).toBeGreaterThan(0);
    expect(figure('sessions lost')).toBeGreaterThan(0);
  });

  test('there is no store server to kill or to slow down', async () => {
    for (const name of ['store-killed', 'store-slow']) {
      const refusal = await lab.ask('POST', `/experiments/${name}/run`);
      const { experiments } = await lab.view();
      expect(refusal).toMatchObject({ status: 409, json: { message: expect.stringContaining('no server') } });
      expect(experiments.find((one) => one.name === name)?.impossible).toBe(refusal.json.message);
    }
  });
});

describe('Where they share a Redis that writes a log, the experiments show it:', () => {
  beforeAll(async () => {
    expect((await lab.switchTo('redis')).status).toBe(200);
  });

  test('somebody logged in at one is logged in at the others', async () => {
    const { figure } = await lab.outcomeOf('no-sharing');
    expect(figure('logged in at the other instances')).toBe(100);
    expect(figure('strangers at the other instances')).toBe(0);
  });

  test('what was written at one is seen at another at once', async () => {
    const { figure, summary } = await lab.outcomeOf('jump');
    expect(figure('stale reads')).toBe(0);
    expect(summary).toMatch(/^0 of [1-9]/);
  });

  test('no tab overwrites what another has written', async () => {
    const { figure } = await lab.outcomeOf('two-tabs');
    expect(figure('keys written')).toBeGreaterThan(0);
    expect([figure('keys lost'), figure('counts lost')]).toEqual([0, 0]);
  });

  test('nobody is alive after a logout, and the slow request is told', async () => {
    const { figure } = await lab.outcomeOf('logout-race');
    expect(figure('logouts')).toBeGreaterThan(0);
    expect(figure('sessions alive after logout')).toBe(0);
    expect(figure('slow requests told of the logout')).toBeGreaterThan(0);
  });

  test('no forged cookie opens anything', async () => {
    const { figure } = await lab.outcomeOf('forged-cookie');
    expect(figure('forgeries tried')).toBe(200);
    expect([figure('forgeries accepted'), figure('answers of 500 and above')]).toEqual([0, 0]);
  });

  test('a client without cookies is known by its header, and only by that', async () => {
    const { figure } = await lab.outcomeOf('client-without-cookies');
    expect(figure('known without cookies')).toBe(0);
    expect(figure('known by the header')).toBeGreaterThan(0);
  });

  test('the death of an instance loses nothing', async () => {
    const { figure, picture } = await lab.outcomeOf('instance-killed');
    expect(figure('writes acknowledged')).toBeGreaterThan(0);
    expect([figure('acknowledged writes lost'), figure('sessions lost')]).toEqual([0, 0]);
    expect(figure('answered during the failure')).toBeGreaterThan(70);
    expect(picture).toMatchObject({ kind: 'timeline', events: [{ label: 'A killed' }, { label: 'A back' }] });
  });

  test('the death of its one server stops everybody, and loses nothing', async () => {
    const { figure } = await lab.outcomeOf('store-killed');
    expect(figure('answered during the failure')).toBeLessThan(30);
    expect(figure('answered before')).toBeGreaterThan(70);
    expect(figure('answered afterwards')).toBeGreaterThan(70);
    expect(figure('longest outage')).toBeGreaterThan(1_000);
    expect([figure('acknowledged writes lost'), figure('sessions lost')]).toEqual([0, 0]);
  });

  test('a slow store makes session requests slow and no others; at a frozen one they end unanswered, soon', async () => {
    const { figure } = await lab.outcomeOf('store-slow');
    expect(figure('session request, store slow')).toBeGreaterThanOrEqual(200);
    expect(figure('other request, store slow')).toBeLessThan(figure('session request, store slow'));
    expect(figure('session requests answered, store frozen')).toBe(0);
    expect(figure('longest session request, store frozen')).toBeLessThan(4_000);
  });

  test('a full one refuses what is new and keeps what it has', async () => {
    const { figure } = await lab.outcomeOf('fill');
    expect(figure('answer to a larger value')).toBe(413);
    expect(figure('sessions damaged by a refusal')).toBe(0);
    expect(figure('large sessions refused')).toBeGreaterThan(0);
    expect(figure('acknowledged sessions gone')).toBe(0);
  });

  test('everything survives that everything is killed at once', async () => {
    const { figure } = await lab.outcomeOf('restart-everything');
    expect(figure('sessions')).toBe(20);
    expect([figure('sessions survived'), figure('servers restarted')]).toEqual([100, 1]);
  });
});

describe('Where they share three memcached, the experiments show it:', () => {
  beforeAll(async () => {
    expect((await lab.switchTo('memcached')).status).toBe(200);
  });

  test('the death of one of three loses the sessions that it had, and stops no others', async () => {
    const { figure } = await lab.outcomeOf('store-killed');
    expect(figure('sessions lost')).toBeGreaterThan(0);
    expect(figure('sessions lost')).toBeLessThan(100);
    expect(figure('answered during the failure')).toBeGreaterThan(0);
  });

  test('a full one evicts without a word what was acknowledged', async () => {
    const { figure } = await lab.outcomeOf('fill');
    expect(figure('large sessions refused')).toBe(0);
    expect(figure('acknowledged sessions gone')).toBeGreaterThan(0);
  });

  test('nothing survives that everything is killed at once', async () => {
    const { figure } = await lab.outcomeOf('restart-everything');
    expect([figure('sessions survived'), figure('servers restarted')]).toEqual([0, 3]);
  });
});

describe('Where the session is in the cookie, the experiments show it:', () => {
  beforeAll(async () => {
    expect((await lab.switchTo('cookie')).status).toBe(200);
  });

  test('the last of several tabs wins, and what the others wrote is lost', async () => {
    const { figure } = await lab.outcomeOf('two-tabs');
    expect(figure('keys lost')).toBeGreaterThan(0);
    expect(figure('counts lost')).toBeGreaterThan(0);
  });

  test('everything survives that everything is killed at once', async () => {
    expect((await lab.outcomeOf('restart-everything')).figure('sessions survived')).toBe(100);
  });
});

describe('One experiment at a time', () => {
  test('is told of as it goes on, keeps others and another store waiting, and leaves its result', async () => {
    using watcher = await EventClient.open(demo.url);
    const began = Date.now();
    expect((await lab.ask('POST', '/experiments/instance-killed/run')).status).toBe(202);
    expect((await lab.view()).running).toBe('instance-killed');
    for (const path of ['/experiments/instance-killed/run', '/experiments/no-sharing/run']) {
      expect(await lab.ask('POST', path)).toMatchObject({
        status: 409,
        json: { message: expect.stringContaining('instance-killed') },
      });
    }
    expect((await lab.switchTo('memory')).status).toBe(409);
    const result = await lab.resultSince(began, 'instance-killed');
    expect(result).toMatchObject({ experiment: 'instance-killed', store: 'cookie' });
    await expect.poll(() => watcher.of('result'), SOON).toEqual([result]);
    const progress = watcher.of('progress').filter(({ experiment }) => experiment === 'instance-killed');
    expect(progress.map(({ done }) => done)).toEqual(progress.map(({ done }) => done).toSorted((a, b) => a - b));
    expect(progress.length).toBeGreaterThan(1);
    await expect.poll(() => watcher.of('view').at(-1)?.results, SOON).toContainEqual(result);
    expect((await lab.view()).running).toBeUndefined();
  });

  test('can be stopped, has no outcome then, and leaves everything up', async () => {
    const began = Date.now();
    expect((await lab.ask('POST', '/experiments/instance-killed/run')).status).toBe(202);
    await expect.poll(() => lab.stateOf('A'), { timeout: 20_000, interval: 10 }).toBe('down');
    expect((await lab.ask('POST', '/experiments/stop')).status).toBe(202);
    const result = await lab.resultSince(began, 'instance-killed');
    expect(result).toMatchObject({ failure: 'It was stopped' });
    expect(result.outcome).toBeUndefined();
    expect((await lab.view()).instances.map(({ state }) => state)).toEqual(['up', 'up', 'up']);
  });

  test('brings up what somebody had killed before it begins', async () => {
    await lab.ask('POST', '/instances/B/kill');
    expect((await lab.outcomeOf('no-sharing')).figure('questions not answered')).toBe(0);
    expect(await lab.stateOf('B')).toBe('up');
  });
});
