import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { SessionEvents } from 'nestjs-shared-session';
import { redisSessions } from 'nestjs-shared-session/redis';
import type { ThrowawayServer } from 'throwaway-servers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LabController } from '../instance/lab.controller.js';
import { type RunningApp, startApp } from '../instance/platforms.js';
import { Client } from '../support/client.js';
import { OtherNetwork, type Side } from '../support/other-network.js';
import { until } from '../support/until.js';

const NAME = 'sessions';
const USERS = 20;

/**
 * Here: the application, the master and one Sentinel. There: the replica and two Sentinels, which are the majority. With the link cut, the replica
 * becomes master there, and the old one goes on here without knowing.
 */
describe('A master that is cut off together with its application', () => {
  let network: OtherNetwork;
  const stops: (() => Promise<unknown>)[] = [];
  let sentinels: ThrowawayServer[];
  let replica: ThrowawayServer;
  let sentinel: Redis;
  const rollbacks: unknown[] = [];

  beforeEach(async () => {
    network = OtherNetwork.open();
    stops.push(async () => network.close());
    const master = await redis('here', []);
    replica = await redis('there', ['--replicaof', `${network.here} ${master.port}`]);
    sentinels = [await watch('here', master), await watch('there', master), await watch('there', master)];
    sentinel = new Redis(sentinels[0]!.url);
    sentinel.on('error', () => undefined);
    stops.push(async () => sentinel.disconnect());
    await until('the Sentinels know each other and the replica', async () => {
      const facts = await ask('MASTER', NAME);
      return facts.includes('num-other-sentinels,2') && facts.includes('num-slaves,1');
    });
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  });

  it('loses what was answered meanwhile, but with `replicated` no login and no logout: it answers none', async () => {
    const alone = await application('master');
    const replicated = await application('replicated');
    const before = { alone: await logins(alone), replicated: await logins(replicated) };
    expect([before.alone.length, before.replicated.length]).toEqual([USERS, USERS]);

    network.cut();
    const during = { alone: await logins(alone), replicated: await logins(replicated) };
    const ended = { alone: await logouts(before.alone), replicated: await logouts(before.replicated) };
    await until('the replica has become master', () => network.askThere(replica.port, 'ROLE').startsWith('master'));
    network.heal();
    await until('the Sentinel here follows the others', async () => {
      return (await ask('GET-MASTER-ADDR-BY-NAME', NAME)) === `${network.there},${replica.port}`;
    });
    for (const app of [alone, replicated]) {
      await until('logins are answered again', async () => (await logins(app, 1)).length === 1);
    }

    const lost = { alone: await nobody(during.alone), replicated: await nobody(during.replicated) };
    const undone = {
      alone: ended.alone.length - (await nobody(ended.alone)),
      replicated: ended.replicated.length - (await nobody(ended.replicated)),
    };
    console.info('cut off:', {
      answeredLogins: { alone: during.alone.length, replicated: during.replicated.length },
      answeredLogouts: { alone: ended.alone.length, replicated: ended.replicated.length },
      lost,
      undone,
    });
    expect(during.alone).toHaveLength(USERS);
    expect(lost).toEqual({ alone: USERS, replicated: 0 });
    expect(ended.alone).toHaveLength(USERS);
    expect(undone).toEqual({ alone: USERS, replicated: 0 });
    // Reads are the latest by promise, so no client brings along what it has seen: nothing could be compared.
    expect(rollbacks).toEqual([]);
  });

  async function application(durability: 'master' | 'replicated'): Promise<RunningApp> {
    const addresses = sentinels.map(({ url }) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) }));
    const repository = redisSessions({ sentinels: addresses, name: NAME, durability, prefix: `${durability}:` });
    const running = await startApp('fastify', { repository, cookie: { insecure: true } }, [LabController]);
    running.app.get(SessionEvents).on('rollbackSeen', (detail) => rollbacks.push(detail));
    stops.push(() => running.stop());
    return running;
  }

  async function redis(side: Side, more: readonly string[]): Promise<ThrowawayServer> {
    const fixed = ['--bind', `127.0.0.1 ${network[side]}`, '--protected-mode', 'no', '--save', ''];
    const server = await network.startRedis(side, (port, dir) => {
      return ['--port', String(port), '--dir', dir, '--repl-diskless-sync-delay', '0', ...fixed, ...more];
    });
    stops.push(() => server.stop());
    return server;
  }

  async function watch(side: Side, { port: masterPort }: ThrowawayServer): Promise<ThrowawayServer> {
    const server = await network.startRedis(side, (port, directory) => {
      const file = join(directory, `sentinel-${port}.conf`);
      const lines = [
        `port ${port}`,
        `bind 127.0.0.1 ${network[side]}`,
        'protected-mode no',
        `sentinel monitor ${NAME} ${network.here} ${masterPort} 2`,
        `sentinel down-after-milliseconds ${NAME} 1000`,
        `sentinel failover-timeout ${NAME} 3000`,
      ];
      writeFileSync(file, `${lines.join('\n')}\n`);
      return [file, '--sentinel'];
    });
    stops.push(() => server.stop());
    return server;
  }

  async function ask(...words: [string, string]): Promise<string> {
    return String(await sentinel.call('SENTINEL', ...words));
  }
});

/** Users who were told that they are logged in. */
async function logins(app: RunningApp, users = USERS): Promise<Client[]> {
  const answered: Client[] = [];
  for (let nth = 0; nth < users; nth += 1) {
    const client = new Client(app.url);
    if ((await client.post('/login', { user: `user${nth}` })).status === 200) answered.push(client);
  }
  return answered;
}

/** Those who were told that they are logged out, with the cookies from before. */
async function logouts(clients: readonly Client[]): Promise<Client[]> {
  const answered: Client[] = [];
  for (const client of clients) {
    const cookies = new Map(client.cookies);
    if ((await client.post('/logout')).status === 200) answered.push(client);
    for (const [name, value] of cookies) client.cookies.set(name, value);
  }
  return answered;
}

/** How many are not logged in. */
async function nobody(clients: readonly Client[]): Promise<number> {
  let count = 0;
  for (const client of clients) {
    let status = 503;
    // Connections that are being made again say nothing of the session.
    await until('the store says who it is', async () => {
      ({ status } = await client.get('/me'));
      return status !== 503;
    });
    if (status === 401) count += 1;
  }
  return count;
}
