import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionRecord } from '../contracts/record.js';
import type { DestroyResult, SaveResult, SessionRepository } from '../contracts/repository.js';
import { listIn, newRecord, nextWrite, payloadOf } from '../testing/sample-session.js';
import { fileSessions, type FileSessionsOptions } from './index.js';
import { SessionProcess } from './session-process.fixture.js';

/** In memory if possible: what happens between the calls is tested here, not the disk. */
const PARENT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

let directory: string;
let processes: SessionProcess[];
beforeEach(() => {
  directory = mkdtempSync(join(PARENT, 'file-sessions-'));
  processes = [];
});
afterEach(async () => {
  await Promise.all(processes.map((process) => process.kill()));
  rmSync(directory, { recursive: true });
});

function options(choice: Partial<FileSessionsOptions> = {}): FileSessionsOptions {
  return { directory, sweepEveryMs: 0, deadlineMs: 10_000, ...choice };
}

async function start(count: number, choice?: Partial<FileSessionsOptions>): Promise<SessionProcess[]> {
  const started = Array.from({ length: count }, () => new SessionProcess(options(choice)));
  processes.push(...started);
  return Promise.all(started.map((process) => process.ready()));
}

async function create(sessions: SessionRepository, payload: string): Promise<SessionRecord> {
  const record = newRecord({ payload });
  await sessions.save(record);
  return { ...record, version: 1 };
}

/** The names of all files, below the folders. */
function files(): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name);
}

/** The live record; anything else fails the test. */
async function loaded(sessions: SessionRepository, id: string): Promise<SessionRecord> {
  const found = await sessions.load(id);
  return found === null || 'rejected' in found ? expect.unreachable('the session is gone or torn') : found;
}

/** Adds a number to the list of a session, as the engine does: load, change, save, again on conflict. */
async function append(at: SessionProcess, id: string, number: number): Promise<void> {
  for (;;) {
    const record = await at.call<SessionRecord>('load', id);
    const write = nextWrite({ token: id, record }, { payload: payloadOf([...listIn(record), number]) });
    const { status } = await at.call<SaveResult>('save', write).catch(retryWhenCrowded);
    if (status === 'saved') return;
  }
}

/** With forty writers and a slow disk a turn may take too long to come; nothing was written then. */
function retryWhenCrowded(error: Error): SaveResult {
  if (!error.message.includes('other writers of the session take too long')) throw error;
  return { status: 'conflict' };
}

describe('several servers over one directory', () => {
  it.each([
    ['', {}],
    [' although leases end far too soon', { leaseMs: 1 }],
  ])(
    'lose nothing of forty parallel writers%s',
    async (_how, choice) => {
      const servers = await start(3, choice);
      const { id } = await create(fileSessions(options()), payloadOf([]));
      const numbers = Array.from({ length: 40 }, (_, n) => n);
      await Promise.all(numbers.map((n) => append(servers[n % 3] ?? expect.unreachable(), id, n)));
      const stored = await loaded(fileSessions(options()), id);
      expect(stored.version).toBe(41);
      expect(listIn(stored).toSorted((a, b) => a - b)).toEqual(numbers);
      // Nothing is left over but the session itself.
      expect(files()).toHaveLength(1);
    },
    60_000,
  );

  it('let a destroy win against saves and touches of other servers', async () => {
    const [one, two, three] = await start(3);
    for (let round = 0; round < 50; round++) {
      const record = await create(fileSessions(options()), payloadOf(round));
      const [destroyed] = await Promise.all([
        one?.call<DestroyResult>('destroy', record.id),
        two?.call('save', nextWrite({ token: record.id, record })),
        three?.call('touch', record, record.expiresAt + 60_000),
        two?.call('touch', record, record.expiresAt + 90_000),
      ]);
      expect(destroyed).toBe('destroyed');
      expect(await two?.call('load', record.id)).toBeNull();
    }
    expect(files()).toEqual([]);
  }, 60_000);
});

describe('a server that is killed in the middle of a save', () => {
  const PAYLOADS = ['a', 'b', 'c'].map((letter) => `1"${letter.repeat(40_000)}"`);

  it('leaves the old state or the new one, never a mix, in 200 rounds', async () => {
    const survivor = fileSessions(options({ leaseMs: 50 }));
    const rounds = async (): Promise<void> => {
      let record = await create(survivor, PAYLOADS[0] ?? '');
      for (let round = 0; round < 50; round++) {
        const [victim] = await start(1, { leaseMs: 50 });
        if (victim === undefined) return;
        victim.stored = record.version;
        void victim.call('saveForever', record, PAYLOADS);
        await pause(Math.random() * 30);
        await victim.kill();
        const found = await loaded(survivor, record.id);
        expect(PAYLOADS).toContain(found.payload);
        expect([victim.stored, victim.stored + 1]).toContain(found.version);
        // The others go on soon, whatever the dead one has left.
        const write = nextWrite({ token: record.id, record: found });
        expect(await survivor.save(write)).toMatchObject({ status: 'saved' });
        record = { ...write, version: found.version + 1 };
      }
    };
    await Promise.all([rounds(), rounds(), rounds(), rounds()]);
  }, 900_000);
});

describe('a server that stands still while it has its turn', () => {
  const LEASE = { leaseMs: 200 };

  /** A server that was stopped between taking its turn to save a session and giving it back. */
  async function frozenWithTurn(record: SessionRecord) {
    const [server] = await start(1, LEASE);
    if (server === undefined) return expect.unreachable();
    const end = server.call<SaveResult>('saveForever', record, [payloadOf('frozen')]);
    for (;;) {
      await pause(Math.random() * 5);
      server.freeze();
      if (files().some((name) => name.endsWith('.claim'))) return { server, end };
      server.thaw();
    }
  }

  it('does not undo what another server has saved meanwhile', async () => {
    const sessions = fileSessions(options(LEASE));
    for (let round = 0; round < 10; round++) {
      const record = await create(sessions, payloadOf('first'));
      const { server, end } = await frozenWithTurn(record);
      const stored = await loaded(sessions, record.id);
      const write = nextWrite({ token: record.id, record: stored }, { payload: payloadOf('meanwhile') });
      const result = await sessions.save(write);
      server.thaw();
      expect(result).toMatchObject({ status: 'saved', version: stored.version + 1 });
      expect(await end).toEqual({ status: 'conflict' });
      expect(await sessions.load(record.id)).toMatchObject({ payload: write.payload, version: stored.version + 1 });
      await server.kill();
    }
  }, 60_000);

  it('does not bring back what another server has destroyed meanwhile', async () => {
    const sessions = fileSessions(options(LEASE));
    for (let round = 0; round < 10; round++) {
      const record = await create(sessions, payloadOf('first'));
      const { server, end } = await frozenWithTurn(record);
      expect(await sessions.destroy(record.id)).toBe('destroyed');
      server.thaw();
      expect(await end).toEqual({ status: 'gone' });
      expect(await sessions.load(record.id)).toBeNull();
      await server.kill();
    }
  }, 60_000);
});
