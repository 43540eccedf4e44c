import type { Fault, FaultProxy } from 'throwaway-servers';
import { describe, expect, it } from 'vitest';
import { LabController } from '../instance/lab.controller.js';
import { startApp } from '../instance/platforms.js';
import { REPOSITORIES } from '../instance/repositories.js';
import { Client } from '../support/client.js';
import { FAULTY_STORES } from '../support/stores/stores.js';

const FLAP_MS = 300;
const FLAPPING_MS = 30_000;
const USERS = 8;

describe.each(FAULTY_STORES)(
  'A store whose connection comes and goes every 300 ms for 30 s: $name',
  ({ name, startFaulty }) => {
    it('crashes nothing, gives nobody the answer of another, and is used again within 2 s of calm', async () => {
      const rejections: unknown[] = [];
      const remember = (reason: unknown): unknown => rejections.push(reason);
      process.on('unhandledRejection', remember);
      const store = await startFaulty();
      const { proxy } = store;
      const repository = REPOSITORIES[name](store.address);
      const running = await startApp('fastify', { repository, cookie: { insecure: true } }, [LabController]);
      try {
        const users = await Promise.all(Array.from({ length: USERS }, (_, nth) => loggedIn(running.url, `user${nth}`)));
        const calm = performance.now() + FLAPPING_MS;
        const answers = { ok: 0, unavailable: 0 };
        const visits = users.map(async (client, nth) => {
          while (performance.now() < calm) {
            const status = await visit(client, `user${nth}`);
            if (status === 200) answers.ok += 1;
            else answers.unavailable += 1;
          }
        });
        await Promise.all([flap(proxy, calm), ...visits]);
        await proxy.heal();
        const healed = performance.now();
        for (const [nth, client] of users.entries()) {
          await expect.poll(() => visit(client, `user${nth}`), { timeout: 5_000, interval: 20 }).toBe(200);
        }
        expect(performance.now() - healed).toBeLessThan(2_000);
        expect(answers.ok).toBeGreaterThan(0);
        expect(answers.unavailable).toBeGreaterThan(0);
        expect(rejections).toEqual([]);
      } finally {
        process.off('unhandledRejection', remember);
        await running.stop();
        await store.stop();
      }
    });
  },
);

/** Breaks the connection in another way every 300 ms, and lets it through in between. */
async function flap(proxy: FaultProxy, until: number): Promise<void> {
  for (let turn = 0; performance.now() < until; turn += 1) {
    const faults: Fault[] = [
      { kind: 'reset' },
      { kind: 'cut-answers', bytes: Math.ceil(Math.random() * 40) },
      { kind: 'refuse' },
      { kind: 'black-hole' },
      { kind: 'drop-answers' },
    ];
    await proxy.set(faults[turn % faults.length] as Fault);
    await new Promise((resolve) => setTimeout(resolve, FLAP_MS));
    await proxy.heal();
    await new Promise((resolve) => setTimeout(resolve, FLAP_MS));
  }
}

async function loggedIn(url: string, user: string): Promise<Client> {
  const client = new Client(url);
  // The first one has the table made, which a slow disk may take longer for than a request has.
  const login = async (): Promise<number> => (await client.post('/login', { user })).status;
  await expect.poll(login, { timeout: 10_000 }).toBe(200);
  return client;
}

/** Reads the session; fails when it is somebody else's, or nobody's. */
async function visit(client: Client, user: string): Promise<number> {
  const response = await client.get('/session');
  const body = (await response.json()) as { principal?: string };
  if (response.status === 200) expect(body.principal).toBe(user);
  else expect(response.status).toBe(503);
  return response.status;
}
