import { type Connection, createConnection } from 'mysql2/promise';
import { MemcachedAdmin, startMariadb, startMemcached, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionRecord } from '../contracts/record.js';
import { memcachedSessions } from '../memcached/index.js';
import { statementsDuring } from '../testing/executed-statements.fixture.js';
import { newRecord, nextWrite } from '../testing/sample-session.js';
import { typeormSessions } from '../typeorm/index.js';
import { type TieredSessionRepository, tieredSessions } from './index.js';

const FRESH_MS = 5_000;
/** On a busy machine a server may need longer than the default to answer; what that means is tested elsewhere. */
const PATIENT = { timeoutMs: 5_000 };

describe('Memcached in front of MySQL, by what the servers have counted,', () => {
  let memcached: ThrowawayServer;
  let mariadb: ThrowawayServer;
  let front: MemcachedAdmin;
  let behind: Connection;
  let sessions: TieredSessionRepository;
  beforeAll(async () => {
    [memcached, mariadb] = await Promise.all([startMemcached(), startMariadb()]);
    front = new MemcachedAdmin(memcached.port);
    behind = await createConnection(mariadb.url);
    sessions = tieredSessions({
      front: memcachedSessions(memcached.url, PATIENT),
      behind: typeormSessions({ url: mariadb.url, sweepEveryMs: 0, ...PATIENT }),
      freshForMs: FRESH_MS,
      frontTimeoutMs: 5_000,
    });
    await sessions.onModuleInit();
    // The first question makes the table.
    await sessions.load(newRecord().id);
  }, 60_000);
  afterAll(async () => {
    await sessions.onApplicationShutdown();
    await behind.end();
    await Promise.all([memcached.stop(), mariadb.stop()]);
  });
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  async function create(): Promise<SessionRecord> {
    const record = newRecord();
    expect(await sessions.save(record)).toMatchObject({ status: 'saved' });
    return { ...record, version: 1 };
  }

  /** What both servers have counted during some work, and until the front has stored so often: nobody waits for what a read puts there. */
  async function commandsOf(work: () => Promise<unknown>, stores = 0): Promise<object> {
    const stored = async (): Promise<number> => Number((await front.stats())['cmd_set']);
    const before = await stored();
    let statements = 0;
    const commands = await front.commandsDuring(async () => {
      statements = await statementsDuring(behind, work);
      await vi.waitFor(async () => expect(await stored()).toBeGreaterThanOrEqual(before + stores), 10_000);
    });
    return { ...commands, behind: statements };
  }

  it('costs one command in front for a read of a fresh copy; else one behind too, and one or three that nobody waits for', async () => {
    const { id } = await create();
    const read = (): Promise<unknown> => sessions.load(id);
    expect(await commandsOf(read)).toEqual({ cmd_get: 1, behind: 0 });
    vi.setSystemTime(Date.now() + FRESH_MS);
    expect(await commandsOf(read, 2)).toEqual({ cmd_get: 2, cmd_set: 2, behind: 1 });
    await front.flush();
    expect(await commandsOf(read, 1)).toEqual({ cmd_get: 1, cmd_set: 1, behind: 1 });
  });

  it('costs one statement behind for a write, and two commands in front, one for a creation, four over a copy that is not fresh', async () => {
    const created = newRecord();
    expect(await commandsOf(() => sessions.save(created))).toEqual({ cmd_set: 1, behind: 1 });
    let record: SessionRecord = { ...created, version: 1 };
    const writes = {
      update: async (): Promise<void> => {
        expect(await sessions.save(nextWrite({ token: record.id, record }))).toMatchObject({ status: 'saved' });
        record = { ...record, version: record.version + 1 };
      },
      touch: async (): Promise<void> => {
        record = { ...record, expiresAt: record.expiresAt + 1_000 };
        expect(await sessions.touch(record, record.expiresAt)).toMatchObject({ status: 'saved' });
      },
      destroy: () => sessions.destroy(record.id),
    };
    for (const write of [writes.update, writes.touch]) {
      expect(await commandsOf(write)).toEqual({ cmd_get: 1, cmd_set: 1, behind: 1 });
    }
    vi.setSystemTime(Date.now() + FRESH_MS);
    // There is no copy that it could move the deadline of.
    expect(await commandsOf(writes.touch)).toEqual({ cmd_get: 1, behind: 1 });
    expect(await commandsOf(writes.update)).toEqual({ cmd_get: 2, cmd_set: 2, behind: 1 });
    expect(await commandsOf(writes.destroy)).toEqual({ cmd_get: 1, cmd_set: 1, behind: 1 });
    expect(await commandsOf(() => sessions.load(record.id))).toEqual({ cmd_get: 1, behind: 0 });
  });
});
