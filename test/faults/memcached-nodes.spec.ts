import { storageKey } from 'nestjs-shared-session';
import { MemcachedAdmin, startMemcached, type ThrowawayServer } from 'throwaway-servers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { Cluster } from '../support/cluster.js';

const IN_TIME_MS = 1_200;
const RECOVERY_MS = 2_000;
const VISITORS = 12;
const LOST = 0;

/** Somebody who is logged in, and the number of the node on which the session is. */
interface Visitor {
  readonly user: string;
  readonly client: Client;
  readonly node: number;
}

describe('Three instances over three memcached, one of which is lost', () => {
  let nodes: ThrowawayServer[];
  let cluster: Cluster;
  let lost: Visitor[];
  let others: Visitor[];

  beforeEach(async () => {
    nodes = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
    const address = `memcached://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
    cluster = await Cluster.start({ platform: 'fastify', store: 'memcached', address });
    const visitors: Visitor[] = [];
    const count = (isLost: boolean): number => visitors.filter(({ node }) => (node === LOST) === isLost).length;
    while (count(true) < VISITORS / 3 || count(false) < VISITORS) visitors.push(await logIn(`user${visitors.length}`));
    lost = visitors.filter(({ node }) => node === LOST);
    others = visitors.filter(({ node }) => node !== LOST);
  });
  afterEach(async () => {
    nodes[LOST]!.thaw();
    await cluster.stop();
    await Promise.all(nodes.map((node) => node.stop()));
  });

  async function freeze(): Promise<void> {
    nodes[LOST]!.freeze();
    await expect.poll(() => nodes[LOST]!.isFrozen).toBe(true);
  }

  async function logIn(user: string): Promise<Visitor> {
    const client = new Client(cluster.url(0));
    expect((await client.post('/login', { user })).status).toBe(200);
    const key = `session:${storageKey(client.cookies.get('sid')!)}`;
    const items = await Promise.all(nodes.map(({ port }) => new MemcachedAdmin(port).get(key)));
    return { user, client, node: items.findIndex((item) => item !== undefined) };
  }

  /** Status and principal, as the visitor sees them at each instance. */
  async function seen({ client }: Visitor): Promise<{ status: number; principal: unknown; ms: number }[]> {
    return Promise.all(
      cluster.urls.map(async (url) => {
        const copy = new Client(url);
        copy.cookies.set('sid', client.cookies.get('sid')!);
        const begun = performance.now();
        const response = await copy.get('/session');
        const { principal } = (await response.json()) as { principal?: unknown };
        return { status: response.status, principal, ms: performance.now() - begun };
      }),
    );
  }

  async function expectLost(): Promise<void> {
    for (const visitor of lost) {
      for (const { status, ms } of await seen(visitor)) {
        expect(status).toBe(503);
        expect(ms).toBeLessThan(IN_TIME_MS);
      }
      const written = await visitor.client.at(cluster.url(1)).request('PUT', '/data/a', { value: 1 });
      expect([written.status, written.headers.getSetCookie()]).toEqual([503, []]);
    }
  }

  async function expectUnaffected(): Promise<void> {
    for (const visitor of others) {
      for (const { status, principal } of await seen(visitor)) {
        expect([status, principal]).toEqual([200, visitor.user]);
      }
      expect((await visitor.client.at(cluster.url(2)).request('PUT', '/data/a', { value: 1 })).status).toBe(200);
    }
  }

  async function expectNewSessions(): Promise<void> {
    for (let nth = 0; nth < 30; nth += 1) {
      const client = new Client(cluster.url(nth));
      expect((await client.post('/login', { user: `new${nth}` })).status).toBe(200);
      const { principal } = (await (await client.at(cluster.url(nth + 1)).get('/session')).json()) as {
        principal: string;
      };
      expect(principal).toBe(`new${nth}`);
    }
  }

  /** Until every instance answers for a session on the lost node again. */
  async function expectRecovery(): Promise<void> {
    const begun = performance.now();
    const statuses = async (): Promise<number[]> => (await seen(lost[0]!)).map(({ status }) => status);
    await expect.poll(statuses, { timeout: 10_000, interval: 20 }).toEqual([200, 200, 200]);
    expect(performance.now() - begun).toBeLessThan(RECOVERY_MS);
  }

  it('by kill -9: its sessions are 503 in time, all others go on, and new ones are on living nodes', async () => {
    await nodes[LOST]!.kill();
    await expectLost();
    await expectUnaffected();
    await expectNewSessions();
    await nodes[LOST]!.restart();
    await expectRecovery();
    // It has lost its memory: its sessions are nobody's, and nothing is an error.
    for (const visitor of lost) {
      for (const { status, principal } of await seen(visitor)) expect([status, principal]).toEqual([200, null]);
    }
    await expectUnaffected();
    await expectNewSessions();
  });

  it('because it stands still: the same, and no request for its sessions makes the others wait or fail', async () => {
    await freeze();
    await Promise.all([expectLost(), expectUnaffected(), expectNewSessions()]);
    // A circuit over the whole store would have opened by now.
    await Promise.all([expectLost(), expectUnaffected()]);
    nodes[LOST]!.thaw();
    await expectRecovery();
    for (const visitor of lost) {
      for (const { principal } of await seen(visitor)) expect(principal).toBe(visitor.user);
    }
  });

  it('and returned with its memory: no session is alive whose logout was answered', async () => {
    const [before, during, ...rest] = lost as [Visitor, Visitor, ...Visitor[]];
    const answered = new Map<Visitor, number>();
    const logOut = async (visitor: Visitor, nth: number): Promise<void> => {
      const copy = new Client(cluster.url(nth));
      copy.cookies.set('sid', visitor.client.cookies.get('sid')!);
      answered.set(visitor, (await copy.post('/logout')).status);
    };
    await logOut(before, 0);
    await freeze();
    // All at once: they reach the node's socket, and it reads them when it goes on.
    await Promise.all([during, ...rest].map(logOut));
    expect([...answered.values()]).toEqual([200, ...rest.map(() => 503), 503]);
    nodes[LOST]!.thaw();
    await expectRecovery();
    for (const visitor of lost) {
      if (answered.get(visitor) !== 200) await logOut(visitor, 1);
      expect(answered.get(visitor)).toBe(200);
      for (const { status, principal } of await seen(visitor)) expect([status, principal]).toEqual([200, null]);
    }
    await expectUnaffected();
  });
});
