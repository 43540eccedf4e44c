import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { startMariadb, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionRecord } from '../contracts/record.js';
import { storageKey } from '../contracts/session-id.js';
import { errorOf, update } from '../testing/failing-store.fixture.js';
import { newRecord } from '../testing/sample-session.js';
import { typeormSessions, type TypeormSessionRepository } from './index.js';

let server: ThrowawayServer;
let admin: Connection;
let locker: Connection;
let sessions: TypeormSessionRepository;
let record: SessionRecord;

beforeAll(async () => {
  server = await startMariadb();
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  [admin, locker] = [await connected(), await connected()];
  // Generous: it is the server that gives up here, not we.
  sessions = typeormSessions({ url: server.url, timeoutMs: 10_000, sweepEveryMs: 0 });
  const created = newRecord();
  await sessions.save(created);
  record = { ...created, version: 1 };
});
afterEach(async () => {
  admin.destroy();
  locker.destroy();
  await sessions.onApplicationShutdown();
});

async function connected(): Promise<Connection> {
  const connection = await createConnection(server.url);
  // It may be there when the server ends.
  connection.on('error', () => undefined);
  return connection;
}

/** Takes the session's row, or waits for it, until the end of the transaction. */
async function lockRow(): Promise<void> {
  await locker.query('SELECT * FROM sessions WHERE id = ? FOR UPDATE', [Buffer.from(storageKey(record.id), 'hex')]);
}

async function figure(name: string): Promise<number> {
  const [rows] = await admin.query<RowDataPacket[]>('SHOW GLOBAL STATUS LIKE ?', [name]);
  return Number(rows[0]?.['Value']);
}

/** Once a write waits for a lock: whose connection it is. */
async function waitingForLock(): Promise<number> {
  await vi.waitFor(async () => expect(await figure('Innodb_row_lock_current_waits')).toBe(1), 8_000);
  const [rows] = await admin.query<RowDataPacket[]>(
    "SELECT id FROM information_schema.processlist WHERE info LIKE '%UPDATE%' AND id <> CONNECTION_ID()",
  );
  expect(rows).toHaveLength(1);
  return Number(rows[0]?.['id']);
}

describe('a write that MySQL gives up', () => {
  it('for the sake of another transaction, as in a deadlock, is made again and stored', async () => {
    const before = await figure('Innodb_deadlocks');
    // The victim is whoever has done less.
    await locker.query('CREATE TABLE work (n INT) ENGINE=InnoDB');
    await locker.query('BEGIN');
    await locker.query('INSERT INTO work SELECT seq FROM seq_1_to_100');
    // The index entry that the write changes after the row.
    await locker.query(
      'SELECT expires_at FROM sessions FORCE INDEX (sessions_expires_at) WHERE expires_at = ? LOCK IN SHARE MODE',
      [record.expiresAt],
    );
    const saving = sessions.save({ ...update(record), expiresAt: record.expiresAt + 1_000 });
    await waitingForLock();
    await lockRow();
    expect(await figure('Innodb_deadlocks')).toBe(before + 1);
    await locker.query('ROLLBACK');
    expect(await saving).toMatchObject({ status: 'saved', version: 2 });
  }, 20_000);

  it.each([
    ['its statement is killed', (id: number) => admin.query(`KILL QUERY ${id}`)],
    ['its connection is killed', (id: number) => admin.query(`KILL CONNECTION ${id}`)],
    ['the server is shut down', () => admin.query('SHUTDOWN'), (): Promise<unknown> => server.restart()],
  ])(
    'in the middle, when %s, is one whose outcome is called unknown, and sent again it is stored',
    async (_how, end, goOn = () => locker.query('ROLLBACK')) => {
      await locker.query('BEGIN');
      await lockRow();
      const written = update(record);
      const saving = errorOf(sessions.save(written));
      await end(await waitingForLock());
      expect(await saving).toMatchObject({ name: 'SessionStoreError', outcome: 'unknown' });
      await goOn();
      expect(await vi.waitFor(() => sessions.save(written), 10_000)).toMatchObject({ status: 'saved', version: 2 });
    },
    30_000,
  );
});
