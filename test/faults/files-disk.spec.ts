import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SessionRecord, SessionStoreError, storageKey } from 'nestjs-shared-session';
import { fileSessions, type FileSessionsOptions } from 'nestjs-shared-session/files';
import { installServer } from 'throwaway-servers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const STRACE = { binary: 'strace', aptPackage: 'strace' };
const PATIENT = { deadlineMs: 10_000, sweepEveryMs: 0 };

let folder: string;
let mounted: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'files-disk-'));
  mounted = [];
});
afterEach(() => {
  for (const path of mounted) execFileSync('umount', ['--lazy', path]);
  rmSync(folder, { recursive: true, maxRetries: 10 });
});

function newRecord(payload = '1"small"'): SessionRecord {
  const now = Date.now();
  const times = { createdAt: now, expiresAt: now + 3_600_000, endsAt: now + 36_000_000 };
  return { id: randomBytes(32).toString('base64url'), version: 0, writeId: randomUUID(), payload, ...times };
}

/** A disk of 64 kB. Needs root on Linux. */
function smallDisk(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`THIS MACHINE ALLOWS NO TMPFS, so a full disk cannot be tested: ${stderr.trim()}`);
  mounted.push(path);
  return path;
}

/** Leaves no room on a disk. Answers how to make room again. */
function fill(disk: string): () => void {
  const filler = join(disk, 'filler');
  expect(() => writeFileSync(filler, Buffer.alloc(65_536))).toThrow('ENOSPC');
  return () => rmSync(filler);
}

/** The names of all files below a directory, without the filler. */
function files(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'filler' && entry.name !== 'group')
    .map((entry) => entry.name);
}

function changed(record: SessionRecord, payload: string): SessionRecord {
  return { ...record, version: record.version + 1, writeId: randomUUID(), payload };
}

/** Runs a program over the directory in a process of its own under strace; answers what it printed, and what strace saw. */
async function traced(strace: readonly string[], options: FileSessionsOptions, program: string, ...given: unknown[]) {
  const command = await installServer(STRACE);
  const log = join(folder, 'strace.log');
  const script = `
    import { fileSessions } from 'nestjs-shared-session/files';
    const [options, ...given] = JSON.parse(process.argv[1]);
    const sessions = fileSessions(options);
    const told = (error) => [error.name, error.message, error.outcome];
    ${program}
  `;
  const words = [process.execPath, '--input-type=module', '--eval', script, JSON.stringify([options, ...given])];
  const { status, stdout, stderr } = spawnSync(command, ['-f', '-qq', '-o', log, ...strace, ...words], {
    encoding: 'utf8',
    // strace counts the calls of each thread by itself.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  });
  if (status !== 0) throw new Error(`THIS MACHINE ALLOWS NO STRACE, so refusals cannot be injected: ${stderr.trim()}`);
  return { printed: JSON.parse(stdout) as unknown, seen: readFileSync(log, 'utf8').trim().split('\n') };
}

const LOAD = 'console.log(JSON.stringify(await sessions.load(given[0]).catch(told)));';

describe('A full disk', () => {
  it('leaves the old session, no temporary file, reads and deletes; the write is a typed error', async () => {
    const directory = smallDisk('disk');
    const sessions = fileSessions({ directory, ...PATIENT });
    const record = newRecord();
    expect(await sessions.save(record)).toMatchObject({ status: 'saved', version: 1 });
    const stored = { ...record, version: 1 };
    fill(directory);
    const write = await sessions.save(changed(record, `1"${'x'.repeat(20_000)}"`)).catch((error: unknown) => error);
    expect(write).toBeInstanceOf(SessionStoreError);
    expect(write).toMatchObject({
      message: 'The session store cannot answer (ENOSPC)',
      outcome: 'not-executed',
      statusCode: 503,
    });
    await expect(sessions.save(newRecord(`1"${'x'.repeat(20_000)}"`))).rejects.toThrow('ENOSPC');
    expect(files(directory)).toEqual([storageKey(record.id)]);
    expect(await sessions.load(record.id)).toEqual(stored);
    expect(await sessions.destroy(record.id)).toBe('destroyed');
    expect(await sessions.load(record.id)).toBeNull();
    expect(files(directory)).toEqual([]);
  });

  it('that is one of three is noticed by nobody but operators, and in step when there is room', async () => {
    const directories = [smallDisk('a'), join(folder, 'b'), join(folder, 'c')];
    const [small = ''] = directories;
    const sessions = fileSessions({ directories, ...PATIENT });
    const events: string[] = [];
    if ('reportTo' in sessions) sessions.reportTo((event, detail) => events.push(`${event} ${JSON.stringify(detail)}`));
    await sessions.onModuleInit();
    const record = newRecord();
    await sessions.save(record);
    const makeRoom = fill(small);
    const write = changed(record, `1"${'x'.repeat(10_000)}"`);
    expect(await sessions.save(write)).toMatchObject({ status: 'saved', version: 2 });
    expect(await sessions.load(record.id)).toEqual({ ...write, version: 2 });
    await expect.poll(() => events.join(), { timeout: 20_000 }).toMatch(/placeUnavailable .*ENOSPC/);
    expect(events.join()).not.toContain('placeAvailable');
    makeRoom();
    await expect.poll(() => events.join(), { timeout: 20_000 }).toContain(`placeAvailable {"place":"${small}"}`);
    const texts = directories.map((directory) => readFileSync(join(directory, pathBelow(directory, record)), 'utf8'));
    // The header has the promises of each; value and ballot are the same.
    expect(new Set(texts.map((text) => text.slice(37))).size).toBe(1);
    expect(files(small)).toEqual([storageKey(record.id)]);
    await sessions.onApplicationShutdown();
  }, 60_000);
});

/** Where a session's file is. */
function pathBelow(directory: string, { id }: SessionRecord): string {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return paths.find((path) => path.endsWith(storageKey(id))) ?? expect.unreachable();
}

describe('A handle that is stale', () => {
  it('is opened once more by its path, and the session is read', async () => {
    const { options, record, path } = await oneStored();
    const inject = ['-P', path, '-e', 'inject=openat:error=ESTALE:when=1'];
    const { printed, seen } = await traced(inject, options, LOAD, record.id);
    expect(printed).toEqual(record);
    expect(seen.filter((line) => line.includes('openat'))).toHaveLength(2);
  });

  it('for good is "cannot answer" after the second time', async () => {
    const { options, record, path } = await oneStored();
    const { printed, seen } = await traced(['-P', path, '-e', 'inject=openat:error=ESTALE'], options, LOAD, record.id);
    expect(printed).toEqual(['SessionStoreError', 'The session store cannot answer (ESTALE)', 'not-executed']);
    expect(seen.filter((line) => line.includes('openat'))).toHaveLength(2);
  });

  it('or an error of the disk in one of three directories is noticed by nobody', async () => {
    const directories = ['a', 'b', 'c'].map((name) => join(folder, name));
    const sessions = fileSessions({ directories, ...PATIENT });
    const record = newRecord();
    await sessions.save(record);
    const [first = ''] = directories;
    for (const code of ['EIO', 'ESTALE']) {
      const path = join(first, pathBelow(first, record));
      const inject = ['-P', path, '-e', `inject=openat:error=${code}`];
      const { printed } = await traced(inject, { directories, ...PATIENT }, LOAD, record.id);
      expect(printed).toEqual({ ...record, version: 1 });
    }
  });
});

describe('An error of the disk', () => {
  it('at a read is "cannot answer", at the rename an unknown outcome, and the old session is intact', async () => {
    const { options, record, path } = await oneStored();
    const read = await traced(['-P', path, '-e', 'inject=openat:error=EIO'], options, LOAD, record.id);
    expect(read.printed).toEqual(['SessionStoreError', 'The session store cannot answer (EIO)', 'not-executed']);
    const save = 'console.log(JSON.stringify(await sessions.save(given[0]).catch(told)));';
    const write = { ...record, writeId: randomUUID(), payload: '1"new"' };
    const { printed } = await traced(['-e', 'trace=rename', '-e', 'inject=rename:error=EIO'], options, save, write);
    expect(printed).toEqual([
      'SessionStoreError',
      'The session store did not answer in time; whether the change was stored is unknown (EIO)',
      'unknown',
    ]);
    expect(await fileSessions(options).load(record.id)).toEqual(record);
  });
});

describe('A session that is replaced', () => {
  it('is on the disk before it takes the place of the old one', async () => {
    const { options, record } = await oneStored();
    const save = 'console.log(JSON.stringify(await sessions.save(given[0]).catch(told)));';
    const write = { ...record, writeId: randomUUID(), payload: '1"new"' };
    const { printed, seen } = await traced(['-e', 'trace=openat,fdatasync,rename'], options, save, write);
    expect(printed).toMatchObject({ status: 'saved', version: 2 });
    const drafted = seen.findIndex((line) => line.includes('.draft') && line.includes('O_CREAT'));
    const synced = seen.findIndex((line, at) => at > drafted && /fdatasync.*= 0$/.test(line));
    const renamed = seen.findIndex((line) => line.includes('rename(') && line.includes('.draft'));
    expect(drafted).toBeGreaterThan(-1);
    expect(synced).toBeGreaterThan(drafted);
    expect(renamed).toBeGreaterThan(synced);
  });
});

describe('A promise or an acceptance of one of three directories', () => {
  it('is on the disk with its name before it is told: no power failure of one machine makes it forget', async () => {
    const directories = ['a', 'b', 'c'].map((name) => join(folder, name));
    const options = { directories, ...PATIENT };
    const program = `
      const [created, next] = given;
      await sessions.save(created);
      console.log(JSON.stringify(await sessions.save(next)));
    `;
    const record = newRecord();
    const trace = ['-y', '-e', 'trace=link,rename,fsync'];
    const { printed, seen } = await traced(trace, options, program, record, changed(record, '1"new"'));
    expect(printed).toMatchObject({ status: 'saved', version: 2 });
    const key = storageKey(record.id);
    for (const directory of directories) {
      const own = seen.filter((line) => line.includes(directory));
      const named = own.flatMap((line, at) => (isNaming(line, key) ? [at] : []));
      // A prepare and an accept of the creation, and of the change.
      expect(named).toHaveLength(4);
      for (const [nth, at] of named.entries()) {
        const until = own.slice(at, named[nth + 1]);
        expect(until.some((line) => line.includes('fsync(') && line.includes(`/${key.slice(2, 4)}>`))).toBe(true);
      }
    }
  });
});

/** Whether a call has given the session's file its name, or a new content under it. */
function isNaming(line: string, key: string): boolean {
  return /^\d+ +(?:link|rename)\(/.test(line) && line.includes(`/${key}")`) && line.endsWith('= 0');
}

/** A session in a directory, and where. */
async function oneStored() {
  const directory = join(folder, 'sessions');
  const options = { directory, ...PATIENT };
  const record = newRecord();
  await fileSessions(options).save(record);
  return { options, record: { ...record, version: 1 }, path: join(directory, pathBelow(directory, record)) };
}
