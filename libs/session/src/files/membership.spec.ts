import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newRecord } from '../testing/sample-session.js';
import { DirectoryPlace } from './directory-place.js';
import { fileSessions, type MirroredFileSessionRepository } from './index.js';
import { folderOf, type MemberFolder, nameOf } from './member-folder.js';

const PARENT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const WAIT = { timeout: 60_000, interval: 20 };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DEADLINE_MS = 10_000;

let parent: string;
/** What every machine sees, and what one of them sees in the place of `b`. */
let [a, b, c, bare]: string[] = [];
let servers: MirroredFileSessionRepository[];
let events: string[];

beforeEach(() => {
  parent = mkdtempSync(join(PARENT, 'membership-'));
  [a, b, c, bare] = ['a', 'b', 'c', 'bare'].map(newDirectory) as [string, string, string, string];
  [servers, events] = [[], []];
});
afterEach(async () => {
  vi.useRealTimers();
  await stopAll();
  rmSync(parent, { recursive: true, maxRetries: 10 });
});

function newDirectory(name: string): string {
  const path = join(parent, name);
  mkdirSync(path);
  return path;
}

function server(...directories: (string | undefined)[]): MirroredFileSessionRepository {
  const given = directories.map(String);
  const sessions = fileSessions({ directories: given, sweepEveryMs: 0, deadlineMs: DEADLINE_MS });
  servers.push(sessions as MirroredFileSessionRepository);
  return sessions as MirroredFileSessionRepository;
}

async function started(...directories: (string | undefined)[]): Promise<MirroredFileSessionRepository> {
  const sessions = server(...directories);
  sessions.reportTo((event, detail) => events.push(`${event} ${'place' in detail ? detail.place.slice(-1) : ''}`));
  await sessions.onModuleInit();
  return sessions;
}

async function stopAll(): Promise<void> {
  await Promise.all(servers.map((sessions) => sessions.onApplicationShutdown()));
}

/** A group at work that no server looks after now. */
async function groupWith(count: number): Promise<string[]> {
  const sessions = await started(a, b, c);
  const records = Array.from({ length: count }, () => newRecord());
  for (const record of records) expect(await sessions.save(record)).toMatchObject({ status: 'saved' });
  await stopAll();
  return records.map(({ id }) => id);
}

function members(path: string | undefined): MemberFolder[] {
  const folders = readdirSync(String(path)).flatMap((name) => folderOf(name) ?? []);
  return folders.filter(({ state }) => state === 'member');
}

function epochs(path: string | undefined): string[] {
  return members(path).map(({ group, generation, replaced, replacement }) =>
    [group, generation, replaced, replacement].join(),
  );
}

function wipe(path: string | undefined): void {
  renameSync(String(path), `${path}.old`);
  mkdirSync(String(path));
}

function admit(path: string | undefined): void {
  writeFileSync(join(String(path), 'admit'), '');
}

/** What is in a folder of sessions can be found no more. */
function breakSessionsOf(home: string): void {
  for (const name of readdirSync(home)) {
    rmSync(join(home, name), { recursive: true });
    writeFileSync(join(home, name), 'no folder');
  }
}

async function without<T>(path: string | undefined, work: () => Promise<T>): Promise<T | 'refused'> {
  renameSync(String(path), `${path}.away`);
  try {
    return await work().catch(() => 'refused' as const);
  } finally {
    renameSync(`${path}.away`, String(path));
  }
}

/** What one machine stores with the help of `a` alone of those that both see, the other finds with `c` alone, or is refused. */
async function expectOneTruth(): Promise<void> {
  for (const [ours, theirs] of [
    [b, bare],
    [bare, b],
  ]) {
    const record = newRecord();
    // Each in a process that has just started, so that only what is in the directories counts.
    const saved = await without(c, () => server(a, ours, c).save(record));
    const found = await without(a, () => server(a, theirs, c).load(record.id));
    expect([saved === 'refused', found]).not.toEqual([false, null]);
  }
}

describe('A first start', () => {
  it('at which a machine sees a bare mount point in the place of a directory makes no two truths', async () => {
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([server(a, b, c), server(a, bare, c)].map((sessions) => sessions.onModuleInit()));
      await stopAll();
      await expectOneTruth();
      expect([b, bare].filter((path) => members(path).length > 0)).toHaveLength(1);
      expect(await server(a, b, c).save(newRecord())).toMatchObject({ status: 'saved' });
      for (const path of [a, b, c, bare]) rmSync(String(path), { recursive: true });
      [a, b, c, bare] = ['a', 'b', 'c', 'bare'].map(newDirectory);
    }
  }, 60_000);

  it('by many servers at once begins one group', async () => {
    await Promise.all(Array.from({ length: 8 }, () => server(a, b, c).onModuleInit()));
    const names = [a, b, c].flatMap(epochs);
    expect(names).toHaveLength(3);
    expect(new Set(names).size).toBe(1);
    const record = newRecord();
    expect(await servers[0]?.save(record)).toMatchObject({ status: 'saved' });
    for (const sessions of servers) expect(await sessions.load(record.id)).toMatchObject({ id: record.id });
  }, 60_000);

  it('that was cut short before all were members is gone on with', async () => {
    await server(a, b, c).onModuleInit();
    await stopAll();
    const [folder] = members(c);
    const identity = readFileSync(join(String(c), 'group'), 'utf8').split('\n')[2];
    renameSync(join(String(c), nameOf(folder as MemberFolder)), join(String(c), `${identity}.founding`));
    await started(a, b, c);
    expect(members(c)).toEqual([folder]);
  });

  it('over a file named "group" that is not ours stops the boot', async () => {
    writeFileSync(join(String(a), 'group'), 'wheel:x:10:root\n');
    await expect(server(a, b, c).onModuleInit()).rejects.toThrow(/a can hold no sessions \(a file named "group"/);
  });

  it('with another number of directories than a group has that is there stops the boot', async () => {
    await groupWith(1);
    const more = ['d', 'e'].map(newDirectory);
    await expect(server(a, b, c, ...more).onModuleInit()).rejects.toThrow('a group of another number of directories');
    expect(more.flatMap((path) => readdirSync(path))).toEqual([]);
  });
});

describe('An empty directory', () => {
  it('that is admitted at two machines as two different ones makes no two truths', async () => {
    await groupWith(3);
    wipe(b);
    for (const path of [b, bare]) admit(path);
    await Promise.all([started(a, b, c), started(a, bare, c)]);
    await vi.waitFor(() => {
      expect([b, bare].flatMap((path) => readdirSync(String(path))).filter((name) => name === 'admit')).toEqual([]);
    }, WAIT);
    await stopAll();
    await expectOneTruth();
    expect(epochs(a)).toEqual(epochs(c));
    expect([b, bare].filter((path) => epochs(path).join() === epochs(a).join())).toHaveLength(1);
  }, 90_000);

  it('with what is left of an earlier attempt to fill it is filled in a generation of its own', async () => {
    const ids = await groupWith(3);
    const [before] = members(b) as [MemberFolder];
    wipe(b);
    mkdirSync(join(String(b), nameOf({ ...before, state: 'filling' })));
    admit(b);
    const sessions = await started(a, b, c);
    await vi.waitFor(() => expect(events).toContain('placeAvailable b'), WAIT);
    expect([a, b, c].flatMap(members).map(({ generation }) => generation)).toEqual([2, 2, 2]);
    expect(new Set([a, b, c].flatMap(epochs)).size).toBe(1);
    for (const id of ids) expect(await sessions.load(id)).toMatchObject({ id });
  }, 90_000);
});

describe('A directory whose folder is not there', () => {
  it('is tried out in vain, and nothing is written to it', async () => {
    await groupWith(0);
    const [folder] = members(b) as [MemberFolder];
    const place = new DirectoryPlace(String(bare), { capacity: 1, leaseMs: 1_000, deadlineMs: DEADLINE_MS });
    await expect(place.acceptorOf(folder).directory.tryOut()).rejects.toMatchObject({ code: 'not mounted' });
    expect(readdirSync(String(bare))).toEqual([]);
  });
});

describe('A sweep', () => {
  it('goes on in the other directories when one fails', async () => {
    const [id] = await groupWith(1);
    const sessions = server(a, b, c);
    const [folder] = members(a) as [MemberFolder];
    breakSessionsOf(join(String(a), nameOf(folder)));
    await sessions.load(String(id));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30 * DAY_MS });
    expect(await sessions.sweep()).toBe(1);
  });

  it('leaves a session that another clock may still have alive', async () => {
    const sessions = server(a, b, c);
    const record = newRecord();
    await sessions.save(record);
    vi.useFakeTimers({ toFake: ['Date'], now: record.expiresAt + 1_000 });
    await sessions.sweep();
    vi.setSystemTime(record.expiresAt - 1_000);
    expect(await sessions.load(record.id)).toMatchObject({ id: record.id });
    vi.setSystemTime(record.expiresAt + 2 * HOUR_MS);
    await sessions.sweep();
    vi.setSystemTime(record.expiresAt - 1_000);
    expect(await sessions.load(record.id)).toBeNull();
  });
});
