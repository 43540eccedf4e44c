import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { storageKey } from 'nestjs-shared-session';
import { fileSessions, type FileSessionsOptions } from 'nestjs-shared-session/files';
import { newRecord } from 'nestjs-shared-session/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { SshfsMount } from '../support/files/sshfs.js';
import { Traffic } from '../support/traffic.js';

/** The module's own deadline for a request's session work is a second. */
const IN_TIME_MS = 1_200;
const TIMEOUT = { command: 6_000, request: 9_000 };

/** Enough for some looks to come in the middle of a replacement. */
const [REPLACEMENTS, LOOKS] = [100, 30];

let mounts: SshfsMount[];
let cluster: Cluster | undefined;

beforeEach(() => {
  mounts = [];
});
afterEach(async () => {
  for (const mount of mounts) mount.thaw();
  await cluster?.stop();
  cluster = undefined;
  for (const mount of mounts) await mount.stop();
});

async function mountNew(count: number): Promise<void> {
  for (let nth = 0; nth < count; nth += 1) mounts.push(await SshfsMount.start());
}

async function start(options: FileSessionsOptions, choice: { timeout?: typeof TIMEOUT } = {}): Promise<Cluster> {
  const directories = mounts.map(({ path }) => path);
  const address = JSON.stringify({ directories, sweepEveryMs: 0, ...options });
  cluster = await Cluster.start({ platform: 'fastify', store: 'files-3', address, ...choice });
  return cluster;
}

/** The names of session files at a server, by the folder's own name gone. */
function sessionsBehind({ behind }: SshfsMount): string[] {
  const names = readdirSync(behind, { recursive: true, encoding: 'utf8' }).map((path) => path.split('/').at(-1) ?? '');
  return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).toSorted();
}

interface Answer {
  readonly status: number;
  readonly ms: number;
}

/** The answers to as many requests with the session of one client, each on a connection of its own. */
function sixtyAtOnce(path: string, { cookies }: Client, urls: readonly string[]): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: 60 }, async (_, nth) => {
      const begun = performance.now();
      const copy = new Client(urls[nth % urls.length] as string);
      copy.cookies.set('sid', cookies.get('sid') as string);
      const { status } = await copy.get(path);
      return { status, ms: performance.now() - begun };
    }),
  );
}

function longestOf(answers: readonly Answer[]): number {
  return Math.max(...answers.map(({ ms }) => ms));
}

describe('Three instances over three network mounts, one of which', () => {
  it('is unmounted in full traffic and comes back: nobody is refused, nothing is lost, and it is in step', async () => {
    await mountNew(3);
    const { urls } = await start({ deadlineMs: 5_000 }, { timeout: TIMEOUT });
    const traffic = new Traffic(urls, 3);
    await traffic.until(200, 20, 60_000);
    const [, lost] = mounts as [SshfsMount, SshfsMount, SshfsMount];
    await lost.unmount();
    await traffic.until(200, 40, 60_000);
    expect(readdirSync(lost.path)).toEqual([]);
    await lost.mount();
    await traffic.until(200, 20, 60_000);
    await traffic.stop();
    expect([...traffic.reasons]).toEqual([]);
    expect([traffic.strange, traffic.contradictions]).toEqual([[], []]);
    expect(traffic.logins).toBeGreaterThan(0);
    expect(await traffic.lost()).toEqual({ logins: 0, logouts: 0 });
    // In step: what was stored without it is there.
    const [one, , other] = mounts as [SshfsMount, SshfsMount, SshfsMount];
    const all = new Set([...sessionsBehind(one), ...sessionsBehind(other)]);
    await expect.poll(() => all.size - sessionsBehind(lost).length, { timeout: 60_000 }).toBe(0);
    // And with it alone beside one of the others everything is as it was told.
    await one.unmount();
    expect(await traffic.lost()).toEqual({ logins: 0, logouts: 0 });
  });

  it('stands still: the other two go on, within the deadlines of a request, and it holds no other work up', async () => {
    await mountNew(3);
    const { urls } = await start({ deadlineMs: 1_500 }, { timeout: { command: 2_000, request: 4_000 } });
    const ann = new Client(urls[0] as string);
    expect((await ann.post('/login', { user: 'ann' })).status).toBe(200);
    const [, , frozen] = mounts as [SshfsMount, SshfsMount, SshfsMount];
    await frozen.freeze();
    for (let round = 0; round < 12; round += 1) {
      const written = await ann.at(urls[round % 3] as string).request('PUT', '/data/n', { value: round });
      expect(written.status).toBe(200);
      const read = await ann.at(urls[(round + 1) % 3] as string).get('/session');
      expect(await read.json()).toMatchObject({ principal: 'ann', data: { n: round } });
    }
    frozen.thaw();
    expect((await ann.post('/logout')).status).toBe(200);
  });
});

describe('Three instances over one network mount', () => {
  it('that stands still answer 503 in time, also in great number, let other routes go on, and serve when it does', async () => {
    await mountNew(1);
    const { urls } = await start({});
    const ann = new Client(urls[0] as string);
    await expect.poll(async () => (await ann.post('/login', { user: 'ann' })).status, { timeout: 20_000 }).toBe(200);
    // What so many take on this machine, new connections included, without any store.
    const usualMs = longestOf(await sixtyAtOnce('/noop', ann, urls));
    const [frozen] = mounts as [SshfsMount];
    await frozen.freeze();
    const answers = await sixtyAtOnce('/session', ann, urls);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 503));
    expect(longestOf(answers)).toBeLessThan(IN_TIME_MS + usualMs);
    expect((await ann.get('/noop')).status).toBe(200);
    frozen.thaw();
    await expect
      .poll(async () => ((await (await ann.get('/session')).json()) as { principal?: string }).principal, {
        timeout: 20_000,
      })
      .toBe('ann');
    expect(existsSync(frozen.path)).toBe(true);
  });

  it('see their session at every moment, although the mount takes a file that is open away before it puts the next one in its place', async () => {
    await mountNew(1);
    const [{ path, behind }] = mounts as [SshfsMount];
    const choice = { deadlineMs: 8_000, sweepEveryMs: 0 };
    const [writer, reader] = [
      fileSessions({ directory: path, ...choice }),
      fileSessions({ directory: behind, ...choice }),
    ];
    const record = newRecord();
    await writer.save(record);
    const key = storageKey(record.id);
    const seen: unknown[] = [];
    const look = async (): Promise<void> => {
      for (let nth = 0; nth < LOOKS; nth += 1) seen.push(await reader.load(record.id));
    };
    for (let version = 1; version <= REPLACEMENTS; version += 1) {
      const open = openSync(join(path, key.slice(0, 2), key.slice(2, 4), key), 'r');
      const [saved] = await Promise.all([writer.save({ ...record, version, writeId: randomUUID() }), look()]);
      expect(saved).toMatchObject({ status: 'saved' });
      closeSync(open);
    }
    expect(seen.filter((each) => each === null)).toEqual([]);
  });

  it('lose no key of twenty writers of different keys, although it keeps neither the numbers of files nor of their links', async () => {
    await mountNew(1);
    const { urls } = await start({ deadlineMs: 8_000 }, { timeout: { command: 10_000, request: 15_000 } });
    const ann = new Client(urls[0] as string);
    expect((await ann.request('PUT', '/data/first', { value: 0 })).status).toBe(200);
    const writes = Array.from({ length: 20 }, (_, nth) => {
      const tab = new Client(urls[nth % 3] as string);
      tab.cookies.set('sid', ann.cookies.get('sid') as string);
      return tab.request('PUT', `/data/k${nth}`, { value: nth });
    });
    expect((await Promise.all(writes)).map(({ status }) => status)).toEqual(writes.map(() => 200));
    const { data } = (await (await ann.get('/session')).json()) as { data: object };
    expect(Object.keys(data)).toHaveLength(21);
  });
});
