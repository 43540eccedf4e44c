import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionRecord } from '../contracts/record.js';
import { storageKey } from '../contracts/session-id.js';
import { newRecord, nextWrite, payloadOf } from '../testing/sample-session.js';
import { type Slot, slotIn } from './directory-acceptor.js';
import { fileSessions, type FileSessionsOptions, MirroredFileSessionRepository } from './index.js';
import { SessionProcess } from './session-process.fixture.js';

const PARENT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const WAIT = { timeout: 60_000, interval: 20 };

/** What a server was told while it worked. */
interface Told {
  readonly alive: readonly SessionRecord[];
  readonly ended: readonly SessionRecord[];
  readonly appended: number;
  readonly errors: readonly string[];
}

let parent: string;
let directories: [string, string, string];
let processes: SessionProcess[];
let repositories: MirroredFileSessionRepository[];
let events: string[];

beforeEach(() => {
  parent = mkdtempSync(join(PARENT, 'directory-loss-'));
  directories = [join(parent, 'a'), join(parent, 'b'), join(parent, 'c')];
  for (const directory of directories) mkdirSync(directory);
  [processes, repositories, events] = [[], [], []];
});
afterEach(async () => {
  await Promise.all(processes.map((process) => process.kill()));
  for (const repository of repositories) await repository.onApplicationShutdown();
  rmSync(parent, { recursive: true, maxRetries: 10 });
});

function options(): FileSessionsOptions {
  return { directories, sweepEveryMs: 0, deadlineMs: 10_000 };
}

/** A server in this process, which tells what happens to the directories. */
async function start(): Promise<MirroredFileSessionRepository> {
  const repository = fileSessions(options()) as MirroredFileSessionRepository;
  repositories.push(repository);
  repository.reportTo((event, detail) => {
    events.push(
      `${event} ${'place' in detail ? detail.place.slice(-1) : ''} ${'reason' in detail ? detail.reason : ''}`.trim(),
    );
  });
  await repository.onModuleInit();
  return repository;
}

async function stored(sessions: MirroredFileSessionRepository, count: number): Promise<SessionRecord[]> {
  const records = Array.from({ length: count }, () => newRecord());
  for (const record of records) expect(await sessions.save(record)).toMatchObject({ status: 'saved', version: 1 });
  return records.map((record) => ({ ...record, version: 1 }));
}

/** Nothing is at its path any more but what is there without the mount. */
function unmount(directory: string): void {
  renameSync(directory, `${directory}.away`);
  mkdirSync(directory);
}

function mount(directory: string): void {
  // Fails when anything was written there meanwhile.
  rmdirSync(directory);
  renameSync(`${directory}.away`, directory);
}

function wipe(directory: string): void {
  renameSync(directory, `${directory}.old`);
  mkdirSync(directory);
}

async function heard(what: string): Promise<void> {
  await vi.waitFor(() => expect(events).toContainEqual(expect.stringContaining(what)), WAIT);
}

/** Works at three servers in processes of their own, and answers what they were told when `meanwhile` is through. */
async function underWork(shared: string, meanwhile: (progress: () => Promise<void>) => Promise<void>): Promise<Told[]> {
  const servers = [0, 1, 2].map(() => new SessionProcess(options()));
  processes.push(...servers);
  await Promise.all(servers.map((server) => server.ready()));
  const ends = servers.map((server) => server.call<Told>('work', shared));
  const progress = async (): Promise<void> => {
    const before = servers.map(({ stored: rounds }) => rounds);
    const hasGoneOn = (server: SessionProcess, nth: number): boolean => server.stored >= (before[nth] ?? 0) + 3;
    await vi.waitFor(() => expect(servers.every(hasGoneOn)).toBe(true), WAIT);
  };
  await progress();
  await meanwhile(progress);
  await progress();
  await Promise.all(servers.map((server) => server.call('stopWork')));
  const told = await Promise.all(ends);
  await Promise.all(servers.map((server) => server.kill()));
  return told;
}

/** All that anybody was told is so, whichever two directories are asked. */
async function expectTruth(told: readonly Told[], shared: string): Promise<void> {
  for (const missing of directories) {
    renameSync(missing, `${missing}.missing`);
    const sessions = fileSessions(options());
    for (const { alive, ended } of told) {
      for (const record of alive) expect(await sessions.load(record.id)).toEqual(record);
      for (const record of ended) {
        expect(await sessions.load(record.id)).toBeNull();
        expect(await sessions.save({ ...record, version: 2 })).toEqual({ status: 'gone' });
      }
    }
    const appended = told.reduce((sum, one) => sum + one.appended, 0);
    expect(await sessions.load(shared)).toMatchObject({ version: appended + 1 });
    renameSync(`${missing}.missing`, missing);
  }
  expect(told.every(({ alive, ended }) => alive.length > 0 && ended.length > 0)).toBe(true);
}

/** What a directory itself holds of a session, whatever the others do. */
function heldIn(directory: string, { id }: SessionRecord): Pick<Slot, 'accepted' | 'value'> | undefined {
  const key = storageKey(id);
  const home = readdirSync(directory).find((name) => name.includes('of3')) ?? '';
  const path = join(directory, home, key.slice(0, 2), key.slice(2, 4), key);
  const slot = slotIn(existsSync(path) ? readFileSync(path, 'utf8') : null);
  return slot && { accepted: slot.accepted, value: slot.value };
}

describe('Three directories, one of which', () => {
  it('goes away in full traffic and comes back with what it held: nobody notices, nothing is lost, nothing revived', async () => {
    const observer = await start();
    const [shared] = await stored(observer, 1);
    const [, , away] = directories;
    const told = await underWork(shared!.id, async (progress) => {
      unmount(away);
      await heard('placeUnavailable c it is empty: mount it');
      await progress();
      expect(readdirSync(away)).toEqual([]);
      mount(away);
      await heard('placeAvailable c');
    });
    expect(told.flatMap(({ errors }) => errors)).toEqual([]);
    await expectTruth(told, shared!.id);
  }, 180_000);

  it('is told to be back holds what was stored and ended without it', async () => {
    const sessions = await start();
    const [one, away] = directories;
    const before = await stored(sessions, 5);
    unmount(away);
    await heard('placeUnavailable b');
    const meanwhile = await stored(sessions, 20);
    for (const { id } of before) expect(await sessions.destroy(id)).toBe('destroyed');
    mount(away);
    await heard('placeAvailable b');
    for (const record of [...before, ...meanwhile]) {
      expect(heldIn(one, record)?.value).not.toBe('');
      expect(heldIn(away, record)).toEqual(heldIn(one, record));
    }
  }, 60_000);

  it('is lost in full traffic and replaced by an empty one counts again when it is admitted and has everything', async () => {
    const observer = await start();
    const [shared] = await stored(observer, 1);
    const [, lost] = directories;
    const told = await underWork(shared!.id, async (progress) => {
      wipe(lost);
      await heard('placeUnavailable b it is empty: mount it');
      await progress();
      expect(readdirSync(lost)).toEqual([]);
      writeFileSync(join(lost, 'admit'), '');
      await heard('placeAvailable b');
    });
    expect(told.flatMap(({ errors }) => errors)).toEqual([]);
    await expectTruth(told, shared!.id);
  }, 180_000);

  it('was replaced counts for nothing when it comes back after all', async () => {
    const sessions = await start();
    const [old] = await stored(sessions, 1);
    const [one, lost, other] = directories;
    wipe(lost);
    writeFileSync(join(lost, 'admit'), '');
    await heard('placeAvailable b');
    const ended = await sessions.destroy(old!.id);
    expect(ended).toBe('destroyed');
    renameSync(lost, `${lost}.new`);
    renameSync(`${lost}.old`, lost);
    await heard('placeUnavailable b it was replaced');
    // With it and one of the others there would be a majority that does not know of the end.
    renameSync(other, `${other}.away`);
    await expect(fileSessions(options()).load(old!.id)).rejects.toThrow(
      'a majority of the directories does not answer',
    );
    renameSync(`${other}.away`, other);
    expect(await fileSessions(options()).load(old!.id)).toBeNull();
    expect(existsSync(one)).toBe(true);
  }, 60_000);

  it('is missing at the first start is waited for, and nothing is begun without it', async () => {
    const [, , missing] = directories;
    rmSync(missing, { recursive: true });
    writeFileSync(missing, 'no directory');
    const sessions = fileSessions(options()) as MirroredFileSessionRepository;
    await expect(sessions.onModuleInit()).rejects.toThrow(`the directory ${missing} can hold no sessions (ENOTDIR)`);
    await expect(sessions.load(newRecord().id)).rejects.toThrow('the first start needs every directory at once');
    rmSync(missing);
    await stored(await start(), 1);
  });

  it('is away while a server starts: it starts, and serves', async () => {
    const [record] = await stored(await start(), 1);
    unmount(directories[0]);
    const late = await start();
    expect(await late.load(record!.id)).toEqual(record);
    expect(
      await late.save(nextWrite({ token: record!.id, record: record! }, { payload: payloadOf('late') })),
    ).toMatchObject({
      status: 'saved',
    });
  });
});

describe('Two directories', () => {
  it('both have everything, and neither may be missing', async () => {
    directories.splice(2, 1);
    const sessions = await start();
    const [record] = await stored(sessions, 1);
    unmount(directories[1]);
    await expect(sessions.load(record!.id)).rejects.toThrow(
      'a majority of the directories does not answer: it is empty',
    );
    await expect(sessions.save(nextWrite({ token: record!.id, record: record! }))).rejects.toThrow('does not answer');
    writeFileSync(join(directories[1], 'admit'), '');
    await heard('placeAvailable b');
    expect(await sessions.load(record!.id)).toEqual(record);
  }, 60_000);
});
