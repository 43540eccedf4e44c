import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { encodeEnvelope } from '../contracts/envelope.js';
import { SessionConfigError, SessionStoreError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import { newSessionId, storageKey } from '../contracts/session-id.js';
import { sessionRepositoryCompliance } from '../testing/index.js';
import { newRecord, nextWrite, payloadOf } from '../testing/sample-session.js';
import { stateOf } from './claim.js';
import { fileSessions } from './index.js';

const HOUR_MS = 3_600_000;
/** The disk of a busy machine may stand still for longer than the default gives it. */
const PATIENT_MS = 10_000;

let directory: string;
let sessions: ReturnType<typeof fileSessions>;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'file-sessions-'));
  sessions = fileSessions({ directory, deadlineMs: PATIENT_MS });
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

sessionRepositoryCompliance({ describe, it }, 'Files', () => {
  const shared = mkdtempSync(join(tmpdir(), 'file-sessions-'));
  const options = { directory: shared, deadlineMs: PATIENT_MS };
  return { a: fileSessions(options), b: fileSessions(options), dispose: () => rmSync(shared, { recursive: true }) };
});

async function create(choice?: Parameters<typeof newRecord>[0]): Promise<SessionRecord> {
  const record = newRecord(choice);
  expect(await sessions.save(record)).toMatchObject({ status: 'saved' });
  return { ...record, version: 1 };
}

function pathOf(id: string): string {
  const key = storageKey(id);
  return join(directory, key.slice(0, 2), key.slice(2, 4), key);
}

/** Puts a file where the session's file would be. */
function place(id: string, content: string | Buffer): string {
  mkdirSync(dirname(pathOf(id)), { recursive: true });
  writeFileSync(pathOf(id), content);
  return pathOf(id);
}

/** The paths of all files, below the folders. */
function files(): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('session files', () => {
  it('are named by the digest of the id, in two folders, and nobody else can read or list them', async () => {
    const previous = process.umask(0);
    const nested = join(directory, 'made', 'for', 'sessions');
    const own = fileSessions({ directory: nested, deadlineMs: PATIENT_MS });
    await own.onModuleInit();
    const { id } = newRecord();
    await own.save(newRecord({ id }));
    process.umask(previous);
    const key = storageKey(id);
    const path = join(nested, key.slice(0, 2), key.slice(2, 4), key);
    expect(files()).toEqual([path]);
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    for (const folder of [dirname(path), dirname(dirname(path)), nested])
      expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    expect(readFileSync(path, 'utf8')).not.toContain(id);
    await own.onApplicationShutdown();
  });

  it('are replaced without a trace of the writing', async () => {
    const record = await create();
    await sessions.save(nextWrite({ token: record.id, record }));
    await sessions.touch(record, record.expiresAt + 1);
    expect(files()).toEqual([pathOf(record.id)]);
    await sessions.destroy(record.id);
    expect(files()).toEqual([]);
  });

  it('are not looked for by a token that cannot be an id', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, 'no directory');
    // Whoever looks for anything here fails.
    const unreachable = fileSessions(file);
    for (const token of ['', '../file', `${'../'.repeat(14)}x`, `${newSessionId()}\0`, '/etc/passwd'.padEnd(43, '/')]) {
      expect(await unreachable.load(token)).toBeNull();
      expect(await unreachable.destroy(token)).toBe('gone');
      expect(await unreachable.save({ ...newRecord(), id: token })).toEqual({ status: 'gone' });
      expect(await unreachable.touch({ ...newRecord(), id: token }, Date.now() + HOUR_MS)).toEqual({ status: 'gone' });
    }
    await expect(unreachable.load(newSessionId())).rejects.toThrow(SessionStoreError);
  });

  const foreign: [what: string, stored: string | Buffer, rejected: string][] = [
    ['JSON that was cut', '{"cookie":{"path":"/"},"us', 'malformed'],
    ['null', 'null', 'malformed'],
    ['an empty list', '[]', 'malformed'],
    ['random bytes', Buffer.from(Array.from({ length: 200 }, (_, n) => (n * 167 + 13) % 256)), 'malformed'],
    ['a header without a payload', encodeEnvelope(newRecord({ payload: '' })), 'malformed'],
    ['a record of a newer format', `2${encodeEnvelope(newRecord()).slice(1)}`, 'newer-format'],
  ];
  it.each(foreign)(
    'that hold %s are rejected and left as they are, by a sweep too',
    async (_what, stored, rejected) => {
      const record = newRecord();
      const path = place(record.id, stored);
      expect(await sessions.load(record.id)).toEqual({ rejected });
      expect(await sessions.save(record)).toEqual({ status: 'conflict' });
      expect(await sessions.save({ ...record, version: 1 })).toEqual({ status: 'conflict' });
      expect(await sessions.touch(record, record.expiresAt + HOUR_MS)).toEqual({ status: 'gone' });
      expect(await sessions.destroy(record.id, 1)).toBe('conflict');
      expect(await sessions.sweep()).toBe(0);
      expect(readFileSync(path)).toEqual(Buffer.from(stored));
      expect(await sessions.destroy(record.id)).toBe('destroyed');
      expect(existsSync(path)).toBe(false);
    },
  );

  it('are not reached through a symbolic link, and a directory in their place is no error', async () => {
    const [record, elsewhere] = [await create(), await create()];
    const target = place(elsewhere.id, readFileSync(pathOf(record.id)));
    rmSync(pathOf(record.id));
    symlinkSync(target, pathOf(record.id));
    expect(await sessions.load(record.id)).toEqual({ rejected: 'malformed' });
    expect(await sessions.save(nextWrite({ token: record.id, record }))).toEqual({ status: 'conflict' });
    expect(await sessions.destroy(record.id)).toBe('destroyed');
    expect(existsSync(pathOf(record.id))).toBe(false);
    expect(existsSync(target)).toBe(true);

    mkdirSync(pathOf(record.id));
    expect(await sessions.load(record.id)).toEqual({ rejected: 'malformed' });
  });

  it('are not written through a link that waits under a name of ours', async () => {
    const record = await create();
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'untouched');
    rmSync(pathOf(record.id));
    symlinkSync(victim, pathOf(record.id));
    expect(await sessions.save(newRecord({ id: record.id }))).toEqual({ status: 'conflict' });
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
  });
});

describe('a turn', () => {
  it('is taken over from writers that died one after the other', async () => {
    const own = fileSessions({ directory, leaseMs: 1_100, deadlineMs: PATIENT_MS });
    const record = await create();
    const path = pathOf(record.id);
    for (const number of [0, 1]) writeFileSync(`${path}.${stateOf(readFileSync(path, 'utf8'))}.${number}.claim`, '');
    expect(await own.save(nextWrite({ token: record.id, record }))).toMatchObject({ status: 'saved', version: 2 });
    expect(files()).toEqual([path]);
  });

  it('that goes to others again and again is a store error, and nothing is written', async () => {
    const own = fileSessions({ directory, leaseMs: 500, deadlineMs: PATIENT_MS });
    const record = await create();
    const path = pathOf(record.id);
    const claim = `${path}.${stateOf(readFileSync(path, 'utf8'))}.0.claim`;
    const takeTurn = (): void => {
      writeFileSync(`${path}.other`, '');
      renameSync(`${path}.other`, claim);
    };
    takeTurn();
    const others = setInterval(takeTurn, 5);
    const waiting = own.save(nextWrite({ token: record.id, record })).finally(() => clearInterval(others));
    await expect(waiting).rejects.toMatchObject({
      message: 'The session store cannot answer (other writers of the session take too long)',
      outcome: 'not-executed',
    });
    expect(await own.load(record.id)).toEqual(record);
    expect(files().toSorted()).toEqual([path, claim]);
  });
});

describe('a sweep', () => {
  it('removes expired sessions and the rest of destroyed ones, and no other', async () => {
    const soon = Date.now() + 60_000;
    const [live, touched] = [await create(), await create({ expiresAt: soon })];
    await sessions.touch(touched, Date.now() + HOUR_MS);
    const expired = [await create({ expiresAt: soon }), await create({ expiresAt: soon })];
    const half = place(newSessionId(), '');
    vi.useFakeTimers({ toFake: ['Date'], now: soon + 1 });
    onTestFinished(() => void vi.useRealTimers());
    expect(await Promise.all(expired.map(({ id }) => sessions.load(id)))).toEqual([null, null]);
    expect(await sessions.sweep()).toBe(3);
    expect(files().toSorted()).toEqual([pathOf(live.id), pathOf(touched.id)].toSorted());
    expect(files()).not.toContain(half);
    expect(await sessions.load(touched.id)).toMatchObject({ id: touched.id });
  });

  it('removes what dead processes have left, and leaves what living ones need', async () => {
    const record = await create();
    const path = pathOf(record.id);
    const [oldDraft, newDraft] = [`${path}.${'0'.repeat(32)}.draft`, `${path}.${'1'.repeat(32)}.draft`];
    for (const draft of [oldDraft, newDraft]) writeFileSync(draft, 'x');
    const longAgo = new Date(Date.now() - HOUR_MS);
    utimesSync(oldDraft, longAgo, longAgo);
    const voidClaim = `${path}.${'a'.repeat(32)}.0.claim`;
    linkSync(newDraft, voidClaim);
    const strangers = [join(dirname(path), 'notes.txt'), join(directory, 'README')];
    for (const stranger of strangers) writeFileSync(stranger, '');
    expect(await sessions.sweep()).toBe(0);
    expect(files().toSorted()).toEqual([path, newDraft, ...strangers].toSorted());
  });

  it('runs by itself in an application', async () => {
    const own = fileSessions({ directory, sweepEveryMs: 20 });
    await own.onModuleInit();
    await create({ expiresAt: Date.now() + 30 });
    await vi.waitFor(() => expect(files()).toEqual([]));
    await own.onApplicationShutdown();
  });

  it('does not keep a process alive', () => {
    const library = new URL('../../dist/files/index.js', import.meta.url).href;
    const script = `
      import { fileSessions } from '${library}';
      await fileSessions({ directory: ${JSON.stringify(directory)}, sweepEveryMs: 60_000 }).onModuleInit();
    `;
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], { timeout: 10_000 });
    expect(files()).toEqual([]);
  });
});

describe('a directory that cannot hold sessions', () => {
  it('stops the boot with its path and the reason', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const link = join(directory, 'link');
    symlinkSync(join(directory, 'not-mounted'), link);
    for (const [path, reason] of [
      [file, 'ENOTDIR'],
      [join(file, 'below'), 'ENOTDIR'],
      [link, 'ENOENT'],
      [join(link, 'below'), 'ENOENT'],
    ] as const) {
      const boot = fileSessions(path).onModuleInit();
      await expect(boot).rejects.toThrow(SessionConfigError);
      await expect(boot).rejects.toThrow(`fileSessions: the directory ${path} can hold no sessions (${reason})`);
    }
  });

  it.each([
    [{ directory: '' }, ['directory must be a path']],
    [{ directory: 7, sweepEveryMs: -1, leaseMs: 0 }, ['directory', 'sweepEveryMs is -1', 'leaseMs is 0']],
    [undefined, ['directory must be a path']],
    [{ directory: 'a', directories: ['b'] }, ['directory and directories are both given; take one of them']],
    [{ directories: [] }, ['directories must be a list of paths']],
    [{ directories: ['a', ''] }, ['directories must be a list of paths']],
    [{ directories: ['a', 'b', 'a'] }, ['directories has a path twice']],
    [{ directories: 'abcdefghij'.split('') }, ['directories has more than 9 paths']],
    [{ directory: 'a', deadlineMs: 0 }, ['deadlineMs is 0']],
  ])('or options that make no sense are refused with every problem: %j', (options, problems) => {
    const make = (): unknown => Reflect.apply(fileSessions, undefined, [options]);
    expect(make).toThrow(SessionConfigError);
    for (const problem of problems) expect(make).toThrow(problem);
  });
});

describe('a file system that refuses', () => {
  const SECRET = 'a secret of the session';

  it('is a store error that holds nothing of the session, its id or its path', async () => {
    const record = await create({ payload: payloadOf(SECRET) });
    rmSync(dirname(pathOf(record.id)), { recursive: true });
    writeFileSync(dirname(pathOf(record.id)), 'a file where a folder should be');
    for (const work of [
      () => sessions.load(record.id),
      () => sessions.save(record),
      () => sessions.save({ ...record, version: 0 }),
      () => sessions.touch(record, record.expiresAt + 1),
      () => sessions.destroy(record.id),
    ]) {
      const error: unknown = await work().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SessionStoreError);
      expect(error).toMatchObject({ message: 'The session store cannot answer (ENOTDIR)', outcome: 'not-executed' });
      const everything = inspect(error, { depth: Infinity, showHidden: true });
      for (const secret of [SECRET, record.id, storageKey(record.id), directory])
        expect(everything).not.toContain(secret);
    }
  });

  it('to take more data leaves the old session and no draft, and still destroys', async () => {
    const record = await create({ payload: payloadOf('small') });
    const grown = nextWrite({ token: record.id, record }, { payload: payloadOf('x'.repeat(10_000)) });
    const script = `
      import { fileSessions } from '${new URL('../../dist/files/index.js', import.meta.url).href}';
      const [directory, grown, id] = JSON.parse(process.argv[1]);
      const sessions = fileSessions({ directory, deadlineMs: 60_000 });
      const error = await sessions.save(grown).catch((error) => error);
      console.log(JSON.stringify([error.name, error.message, error.outcome, await sessions.load(id)]));
      console.log(await sessions.destroy(id));
    `;
    // No file may grow beyond a few blocks: what a full disk says, without filling one.
    const limited = ['-c', 'ulimit -f 4; exec "$0" "$@"', process.execPath, '--input-type=module', '--eval', script];
    const output = execFileSync('sh', [...limited, JSON.stringify([directory, grown, record.id])], {
      encoding: 'utf8',
    });
    const [first, second] = output.trim().split('\n');
    expect(JSON.parse(first ?? '')).toEqual([
      'SessionStoreError',
      'The session store cannot answer (EFBIG)',
      'not-executed',
      record,
    ]);
    expect(second).toBe('destroyed');
    expect(files()).toEqual([]);
  }, 60_000);
});
