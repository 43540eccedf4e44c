import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLATFORMS } from '../instance/platforms.js';
import { Client } from '../support/client.js';
import { Cluster, orderFor } from '../support/cluster.js';
import { STORES } from '../support/stores/stores.js';
import type { StartedStore } from '../support/stores/test-store.js';

const CASES = STORES.flatMap((store) => PLATFORMS.map((platform) => ({ store, platform, name: store.name })));

describe.each(CASES)('Three instances on $platform over $name', ({ store, platform }) => {
  let place: StartedStore;
  let cluster: Cluster;

  beforeAll(async () => {
    place = await store.start();
    cluster = await Cluster.start(orderFor(store, place.address, { platform }));
  });
  afterAll(async () => {
    await cluster.stop();
    await place.stop();
  });

  const at = (nth: number, client = new Client(cluster.url(nth))): Client => client.at(cluster.url(nth));
  const read = async (client: Client): Promise<{ data: Record<string, unknown>; principal: string | null }> =>
    (await (await client.get('/session')).json()) as { data: Record<string, unknown>; principal: string | null };

  /** Whether two requests that change the same session meet, so that nothing of either is lost. */
  const keepsEveryWrite = (): boolean => cluster.guarantees.concurrency === 'compare-and-set';
  const isHeldByClient = (): boolean => cluster.guarantees.reads === 'client-held';
  /** What is kept after tabs of one visitor have written: in the store for all of them, or by each tab that was answered last. */
  const lastStates = async (visitor: Client, tabs: readonly Client[]): Promise<Record<string, unknown>[]> =>
    Promise.all((isHeldByClient() ? tabs : [visitor]).map(async (client) => (await read(client)).data));

  it('share a login, its data and its end', async () => {
    const ann = at(0);
    await ann.request('PUT', '/data/basket', { value: [{ sku: 'a' }] });
    await at(1, ann).post('/login', { user: 'ann' });
    for (const nth of [0, 1, 2]) {
      expect(await read(at(nth, ann))).toMatchObject({ principal: 'ann', data: { basket: [{ sku: 'a' }] } });
    }
    const sid = ann.cookies.get('sid')!;
    await at(2, ann).post('/logout');
    for (const nth of [0, 1, 2]) {
      const thief = at(nth);
      thief.cookies.set('sid', sid);
      expect(await read(thief)).toMatchObject({ principal: null, data: {} });
    }
  });

  it(`lose no key of 40 writers of different keys, or keep one writer's state where the last write wins, ${store.rounds.writers} times`, async () => {
    for (let round = 0; round < store.rounds.writers; round += 1) {
      const ann = at(0);
      await ann.request('PUT', '/data/first', { value: 0 });
      const tabs = Array.from({ length: 40 }, (_, nth) => at(nth, copyOf(ann)));
      const writes = tabs.map((tab, nth) => tab.request('PUT', `/data/k${nth}`, { value: nth }));
      const statuses = (await Promise.all(writes)).map(({ status }) => status);
      expect(statuses).toEqual(Array.from({ length: 40 }, () => 200));
      for (const [nth, data] of (await lastStates(ann, tabs)).entries()) {
        if (keepsEveryWrite()) expect(Object.keys(data)).toHaveLength(41);
        else expect(data).toMatchObject({ first: 0, ...(isHeldByClient() && { [`k${nth}`]: nth }) });
      }
    }
    if (keepsEveryWrite()) expect(cluster.conflicts).toBeGreaterThan(0);
  });

  it('count 150 parallel updates as often as they were acknowledged, or answer what is kept where the last write wins', async () => {
    const ann = at(0);
    await ann.request('PUT', '/data/n', { value: 0 });
    const tabs = Array.from({ length: 150 }, (_, nth) => at(nth, copyOf(ann)));
    const answers = await Promise.all(tabs.map((tab) => tab.post('/increment/n')));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    const counted = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { value: number }).value),
    );
    for (const [nth, { n }] of (await lastStates(ann, tabs)).entries()) {
      if (keepsEveryWrite()) expect(n).toBe(150);
      else expect(counted).toContain(n);
      // Updates that met inside one instance were made one upon the other.
      if (isHeldByClient()) expect(n).toBeGreaterThanOrEqual(counted[nth] as number);
    }
  });

  it(`bring no session back by a slow write that meets a logout, ${store.rounds.logout} times`, async () => {
    let alive = 0;
    const refused: string[] = [];
    await inParallel(store.rounds.logout, 10, async (round) => {
      const ann = at(round);
      await ann.post('/login', { user: 'ann' });
      const sid = ann.cookies.get('sid')!;
      const writer = copyOf(ann);
      const slow = at(round + 1, writer).post('/slow', { ms: round % 7, key: 'late' });
      const [written] = await Promise.all([slow, at(round + 2, copyOf(ann)).post('/logout')]);
      if (![201, 401].includes(written.status)) refused.push(`${written.status} ${await written.text()}`);
      // Where the client holds the session, the writer may have been given another cookie of it.
      for (const held of new Set([sid, writer.cookies.get('sid') ?? sid])) {
        const thief = at(round);
        thief.cookies.set('sid', held);
        if ((await read(thief)).principal !== null) alive += 1;
      }
    });
    expect(refused).toEqual([]);
    expect(alive).toBe(0);
  });

  it(`read at the next instance what was set before a redirect, ${store.rounds.redirect} times`, async () => {
    let seen = 0;
    await inParallel(store.rounds.redirect, 10, async (round) => {
      const ann = at(round);
      expect((await ann.post('/redirect')).status).toBe(303);
      if ((await read(at(round + 1, ann))).data['redirected'] === true) seen += 1;
    });
    expect(seen).toBe(store.rounds.redirect);
  });

  // The last one: it leaves an instance dead.
  it('keep what an instance has acknowledged before it was killed', async () => {
    const ann = at(0);
    await ann.post('/login', { user: 'ann' });
    await ann.request('PUT', '/data/last', { value: 'words' });
    await cluster.kill(0);
    for (const nth of [1, 2]) {
      expect(await read(at(nth, ann))).toMatchObject({ principal: 'ann', data: { last: 'words' } });
    }
    await at(1, ann).post('/logout');
    expect(await read(at(2, ann))).toMatchObject({ principal: null });
  });
});

/** The same visitor in another tab. */
function copyOf(client: Client): Client {
  const copy = new Client('');
  for (const [name, value] of client.cookies) copy.cookies.set(name, value);
  return copy;
}

/** Runs `rounds` rounds, so many at a time. */
async function inParallel(rounds: number, width: number, work: (round: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < rounds) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
