import { describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { Cluster, orderFor } from '../support/cluster.js';
import { STORES } from '../support/stores/stores.js';

const STOP_MS = 10_000;
const VISITORS = 8;

/** How soon a store answers on a busy machine is not the subject. */
const PATIENT = { command: 3_000, request: 5_000 };

/** Longer than it takes to tell an instance that it has to end. */
const SLOW_MS = 1_000;

describe.each(STORES)('Instances over $name that are told to end under load', (store) => {
  it('finish what they have begun, close their store, and end with code 0 within 10 s; what they acknowledged is there', async () => {
    const place = await store.start();
    // Fastify itself answers 503 on open connections while it closes (return503OnClosing), and would hide what the sessions do.
    const cluster = await Cluster.start({
      ...orderFor(store, place.address, { platform: 'express' }),
      timeout: store.timeout ?? PATIENT,
    });
    const load = new AbortController();
    try {
      const progress = Array.from({ length: VISITORS }, () => 0);
      const visits = Array.from({ length: VISITORS }, async (_, nth) => {
        const client = new Client(cluster.url(1));
        await client.post('/login', { user: `user${nth}` });
        let acknowledged = 0;
        let at = 0;
        while (!load.signal.aborted) {
          // The instance that ends answers, or takes no connection any more; the balancer would go on to another one.
          const response = await client
            .at(cluster.url(at))
            .request('PUT', '/data/n', { value: acknowledged + 1 })
            .catch(() => undefined);
          if (response === undefined) at = 1;
          else {
            expect([response.status, await response.text()]).toEqual([200, '{}']);
            acknowledged += 1;
            progress[nth] = acknowledged;
          }
        }
        const { data } = (await (await client.at(cluster.url(2)).get('/session')).json()) as { data: { n: number } };
        // The answer to the last one may have been lost with the connection.
        expect(data.n).toBeGreaterThanOrEqual(acknowledged);
      });
      await expect.poll(() => Math.min(...progress), { timeout: 60_000 }).toBeGreaterThan(3);
      const begun = Array.from({ length: VISITORS }, () => new Client(cluster.url(0)));
      await Promise.all(begun.map((client, nth) => client.post('/login', { user: `late${nth}` })));
      const answers = begun.map(async (client) => {
        const response = await client.post('/slow', { ms: SLOW_MS, key: 'begun' }).catch(() => undefined);
        return response?.status ?? 'no answer';
      });
      // It has taken what was sent before it answers what is sent afterwards.
      for (const client of begun) expect((await client.get('/noop')).status).toBe(200);
      const told = performance.now();
      expect(await cluster.terminate(0)).toBe(0);
      expect(performance.now() - told).toBeLessThan(STOP_MS);
      load.abort();
      await Promise.all(visits);
      expect(await Promise.all(answers)).toEqual(begun.map(() => 201));
      for (const client of begun) {
        expect(await (await client.at(cluster.url(2)).get('/session')).json()).toMatchObject({
          data: { begun: expect.anything() },
        });
      }
    } finally {
      load.abort();
      await cluster.stop();
      await place.stop();
    }
  });
});
