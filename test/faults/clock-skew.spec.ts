import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { Cluster, orderFor } from '../support/cluster.js';
import { fakeClocks } from '../support/fake-clock.js';
import { STORES } from '../support/stores/stores.js';
import type { StartedStore } from '../support/stores/test-store.js';

/** One instance has the right time, one is ten minutes ahead, one ten minutes behind. */
const CLOCKS = [undefined, '+10m', '-10m'];

interface Seen {
  readonly principal: string | null;
  readonly data: Record<string, unknown>;
}

async function read(client: Client): Promise<Seen> {
  return (await (await client.get('/session')).json()) as Seen;
}

describe.each(STORES)('Instances over $name whose clocks are ten minutes apart', (store) => {
  let place: StartedStore;
  let cluster: Cluster;

  beforeAll(async () => {
    place = await store.start();
    const order = orderFor(store, place.address, { platform: 'fastify' });
    cluster = await Cluster.start(order, CLOCKS.length, await fakeClocks(CLOCKS));
  });
  afterAll(async () => {
    await cluster.stop();
    await place.stop();
  });

  it('really have other times', async () => {
    const [right, ahead, behind] = (await Promise.all(
      CLOCKS.map(async (_, nth) => Date.parse((await new Client(cluster.url(nth)).get('/noop')).headers.get('date')!)),
    )) as [number, number, number];
    expect(ahead - right).toBeGreaterThan(500_000);
    expect(right - behind).toBeGreaterThan(500_000);
  });

  it('share a session wherever it was made, and what each of them writes', async () => {
    for (const birthplace of CLOCKS.keys()) {
      const ann = new Client(cluster.url(birthplace));
      await ann.post('/login', { user: 'ann' });
      for (const nth of CLOCKS.keys()) {
        const written = await ann.at(cluster.url(nth)).request('PUT', `/data/k${nth}`, { value: nth });
        expect([birthplace, nth, written.status]).toEqual([birthplace, nth, 200]);
      }
      for (const nth of CLOCKS.keys()) {
        expect(await read(ann.at(cluster.url(nth)))).toMatchObject({ principal: 'ann', data: { k0: 0, k1: 1, k2: 2 } });
      }
    }
  });

  it('bring nothing back that was ended, whatever time it is for whom', async () => {
    for (const undertaker of CLOCKS.keys()) {
      const ann = new Client(cluster.url(undertaker));
      await ann.post('/login', { user: 'ann' });
      const thief = new Client('');
      for (const [name, value] of ann.cookies) thief.cookies.set(name, value);
      const token = ann.cookies.get('sid')!;
      await ann.post('/logout');
      for (const nth of CLOCKS.keys()) {
        thief.cookies.set('sid', token);
        await thief.at(cluster.url(nth)).request('PUT', '/data/late', { value: 1 });
        for (const other of CLOCKS.keys()) {
          thief.cookies.set('sid', token);
          expect((await read(thief.at(cluster.url(other)))).principal).toBeNull();
        }
      }
    }
  });
});

const WITH_A_CLOCK = STORES.filter((store) => store.endsByItsOwnClock);

describe.each(WITH_A_CLOCK)('Sessions over $name that live for less than the clocks differ', (store) => {
  it('end by the clock of the store, wherever they were made', async () => {
    const place = await store.start();
    const order = orderFor(store, place.address, { platform: 'fastify', idleMs: 4_000 });
    const cluster = await Cluster.start(order, CLOCKS.length, await fakeClocks(CLOCKS));
    try {
      for (const birthplace of CLOCKS.keys()) {
        const ann = new Client(cluster.url(birthplace));
        const begun = Date.now();
        await ann.post('/login', { user: 'ann' });
        const looks = CLOCKS.map(async (_, nth) => {
          const look = new Client(cluster.url(nth));
          for (const [cookie, value] of ann.cookies) look.cookies.set(cookie, value);
          const { status } = await look.get('/poll');
          return [status, (await (await look.get('/poll')).json()) as { expiresAt?: number }] as const;
        });
        for (const [status, { expiresAt }] of await Promise.all(looks)) {
          // A machine that is too busy to look in time has not seen anything.
          if (Date.now() - begun < 3_000)
            expect([birthplace, status, typeof expiresAt]).toEqual([birthplace, 200, 'number']);
        }
        for (const nth of CLOCKS.keys()) {
          const gone = async (): Promise<boolean> => {
            const response = await ann.at(cluster.url(nth)).get('/poll');
            return ((await response.json()) as { expiresAt?: number }).expiresAt === undefined;
          };
          await expect.poll(gone, { timeout: 20_000, interval: 100 }).toBe(true);
        }
      }
    } finally {
      await cluster.stop();
      await place.stop();
    }
  });
});
