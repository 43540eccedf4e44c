import mysql2 from 'mysql2';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { startMariadb, type ThrowawayServer } from 'throwaway-servers';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionTooLargeError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import { storageKey } from '../contracts/session-id.js';
import { statementsDuring } from '../testing/executed-statements.fixture.js';
import { sessionRepositoryCompliance } from '../testing/index.js';
import { newRecord, nextWrite, payloadOf } from '../testing/sample-session.js';
import {
  CreateSessions1764000000000,
  SessionEntity,
  typeormSessions,
  type TypeormSessionRepository,
  type TypeormSessionsOptions,
} from './index.js';
import { SessionTable } from './session-table.js';

let server: ThrowawayServer;
let admin: Connection;
beforeAll(async () => {
  server = await startMariadb();
  admin = await createConnection(server.url);
}, 60_000);
afterAll(async () => {
  await admin.end();
  await server.stop();
});

/** Generous, so that a busy machine is no failure where failures are not the subject. */
const PATIENT = { timeoutMs: 5_000, sweepEveryMs: 0 };

/** How long a command may take to the server, from when a deadline counts there. */
const ON_THE_WAY_MS = 250;

sessionRepositoryCompliance({ describe, it }, 'MySQL', () => {
  const sessions = () => typeormSessions({ url: server.url, table: 'compliance', poolSize: 3, ...PATIENT });
  return { a: sessions(), b: sessions(), expiryResolutionMs: ON_THE_WAY_MS };
});

async function rows(sql: string, values: unknown[] = []): Promise<RowDataPacket[]> {
  return (await admin.query<RowDataPacket[]>(sql, values))[0];
}

async function figure(name: string): Promise<number> {
  const [row] = await rows('SHOW GLOBAL STATUS LIKE ?', [name]);
  return Number(row?.['Value']);
}

/** The key of a session's row. */
function keyOf(id: string): Buffer {
  return Buffer.from(storageKey(id), 'hex');
}

/** A statement that asks how another one would be executed. */
function explained(sql: string): string {
  // MariaDB explains no SET STATEMENT, which is how it reads the comment.
  return sql.replace(/^\/\*M!.*?\*\/ /, 'EXPLAIN ');
}

/** A row of a session that expired long ago, after its id. */
const EXPIRED = [1, 1, '', 1, 0, 1, 1, '', '1'];

let tables = 0;

describe('sessions in MySQL', () => {
  let sessions: TypeormSessionRepository;
  let table: string;
  beforeEach(async () => {
    table = `shop_${tables++}`;
    sessions = typeormSessions({ url: server.url, table, ...PATIENT });
    // The first question connects and makes the table.
    expect(await sessions.load(newRecord().id)).toBeNull();
  });
  afterEach(() => sessions.onApplicationShutdown());

  async function create(choice?: Parameters<typeof newRecord>[0]) {
    const record = newRecord(choice);
    expect(await sessions.save(record)).toMatchObject({ status: 'saved', version: 1 });
    return { ...record, version: 1 };
  }

  it('sends one statement for a load and for every write', async () => {
    await create();
    const record = newRecord();
    let held = { ...record, version: 1 };
    expect(await statementsDuring(admin, () => sessions.save(record))).toBe(1);
    expect(await statementsDuring(admin, () => sessions.load(record.id))).toBe(1);
    expect(await statementsDuring(admin, () => sessions.save(nextWrite({ token: '', record: held })))).toBe(1);
    held = { ...held, version: 2 };
    expect(await statementsDuring(admin, () => sessions.touch(held, held.expiresAt + 1_000))).toBe(1);
    expect(await statementsDuring(admin, () => sessions.destroy(record.id, 2))).toBe(1);
    expect(await statementsDuring(admin, () => sessions.destroy(record.id))).toBe(1);
  });

  // A server that has few sessions finds the index of their deadlines as cheap as the key.
  it.each([0, 20])('reads and writes by the primary key alone, beside %i other sessions', async (others) => {
    for (let other = 0; other < others; other += 1) await create();
    const [record, ended] = [await create(), await create()];
    const sent = vi.spyOn(mysql2.Connection.prototype, 'execute');
    const count = await statementsDuring(admin, async () => {
      await sessions.load(record.id);
      await sessions.save(nextWrite({ token: '', record }));
      expect(await sessions.save(nextWrite({ token: '', record }))).toEqual({ status: 'conflict' });
      await sessions.touch(record, record.expiresAt + 1_000);
      expect(await sessions.destroy(record.id, 99)).toBe('conflict');
      await sessions.destroy(ended.id);
    });
    const statements = sent.mock.calls.map(([statement]) => statement as unknown as { sql: string; values: never[] });
    sent.mockRestore();
    expect(statements).toHaveLength(count);
    statements.push({
      sql: new SessionTable(table, 450).loadCopy.sql,
      values: [keyOf(ended.id), keyOf(record.id)] as never[],
    });

    const verbs: unknown[] = [];
    for (const { sql, values } of statements) {
      const explain = explained(sql);
      const [plan] = await admin.execute<RowDataPacket[]>(explain, values);
      for (const step of plan.filter((each) => each['select_type'] !== 'DERIVED' && each['table'] !== '<derived2>')) {
        expect([sql, step]).toEqual([sql, expect.objectContaining({ key: 'PRIMARY' })]);
        expect(['const', 'range']).toContain(step['type']);
        expect(Number(step['rows'])).toBeLessThanOrEqual(1);
      }
      verbs.push(explain.split(' ', 2)[1]);
    }
    const conflicting = (verb: string): string[] => [verb, 'SELECT'];
    expect(verbs).toEqual([
      'SELECT',
      'UPDATE',
      ...conflicting('UPDATE'),
      'UPDATE',
      ...conflicting('DELETE'),
      'DELETE',
      'SELECT',
    ]);
  });

  it('removes expired sessions by their keys, and reads no other, in a small table too', async () => {
    const keys = await Promise.all(Array.from({ length: 5 }, async () => keyOf((await create()).id)));
    for (let other = 0; other < 10; other += 1) await create();
    const all = Array.from({ length: 200 }, (_, n) => keys[n % 5]);
    const { sql } = new SessionTable(table, 450).remove;
    const [plan] = await rows(explained(sql), all);
    expect(plan).toMatchObject({ key: 'PRIMARY', type: 'range' });
    expect(Number(plan?.['rows'])).toBe(5);
  });

  it('asks nothing about what cannot be an id', async () => {
    const statements = await statementsDuring(admin, async () => {
      for (const token of ['', '0', 'x', '../../etc/passwd', 'ä'.repeat(43), `${newRecord().id}A`, "' OR 1=1 -- "]) {
        expect(await sessions.load(token)).toBeNull();
        expect(await sessions.destroy(token)).toBe('gone');
        expect(await sessions.destroy(token, 1)).toBe('gone');
        expect(await sessions.save({ ...newRecord(), id: token })).toEqual({ status: 'gone' });
        expect(await sessions.touch({ ...newRecord(), id: token }, Date.now() + 1_000)).toEqual({ status: 'gone' });
      }
    });
    expect(statements).toBe(0);
  });

  it('stores one row under the digest of the id, never the id', async () => {
    const record = await create({ principal: 'ann' });
    const stored = await rows(`SELECT * FROM ${table}`);
    expect(stored.map((row) => row['id'])).toEqual([keyOf(record.id)]);
    expect(JSON.stringify(stored.map((row) => Object.values(row).map(String)))).not.toContain(record.id);
  });

  it('tells principals apart that differ in case, accents or trailing spaces', async () => {
    for (const principal of ['ann', 'Ann', 'ann ', 'änn']) await create({ principal });
    const [found] = await rows(`SELECT COUNT(*) n FROM ${table} WHERE principal = 'ann'`);
    expect(found?.['n']).toBe(1);
  });

  it('takes a principal as long as the engine allows, in any script', async () => {
    const record = await create({ principal: '👩'.repeat(127) + 'x' });
    expect(await sessions.load(record.id)).toEqual(record);
  });

  it('cuts nothing that is too long: it is an error, and the old state is intact', async () => {
    const record = await create();
    const long = nextWrite({ token: '', record }, { principal: '語'.repeat(400) });
    await expect(sessions.save(long)).rejects.toMatchObject({
      outcome: 'not-executed',
      message: 'The session store cannot answer (ER_DATA_TOO_LONG)',
    });
    expect(await sessions.load(record.id)).toEqual(record);
  });

  it('refuses what the server could never take before it is sent, to the byte, and keeps the old state', async () => {
    await admin.query('SET GLOBAL max_allowed_packet = 65536');
    const small = typeormSessions({ url: server.url, table, ...PATIENT });
    try {
      const record = newRecord();
      await small.save(record);
      const limit = 65_536 - 2_048;
      const update = (bytes: number, version: number) =>
        nextWrite({ token: '', record: { ...record, version } }, { payload: `1${'x'.repeat(bytes - 1)}` });
      expect(await small.save(update(limit, 1))).toMatchObject({ status: 'saved', version: 2 });
      const statements = await statementsDuring(admin, async () => {
        const error = await small.save(update(limit + 1, 2)).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(SessionTooLargeError);
        expect(error).toMatchObject({ bytes: limit + 1, maxBytes: limit });
      });
      expect(statements).toBe(0);
      expect(await small.load(record.id)).toMatchObject({ version: 2 });
    } finally {
      await small.onApplicationShutdown();
      await admin.query('SET GLOBAL max_allowed_packet = 16777216');
    }
  });

  const foreign: [what: string, change: string, rejected: string][] = [
    ['an empty payload', "payload = ''", 'malformed'],
    ['a row without a version', 'version = 0', 'malformed'],
    ['a row without times', 'created_at = -1', 'malformed'],
    ['a row of no session', 'format = 0', 'malformed'],
    ['a row of a newer format', 'format = 2', 'newer-format'],
  ];
  it.each(foreign)('rejects %s, and no write changes it', async (_what, change, rejected) => {
    const record = await create();
    await admin.query(`UPDATE ${table} SET ${change} WHERE id = ?`, [keyOf(record.id)]);
    const before = await rows(`SELECT * FROM ${table}`);
    expect(await sessions.load(record.id)).toEqual({ rejected });
    if (change.startsWith('format')) {
      expect((await sessions.save({ ...nextWrite({ token: '', record }) })).status).toBe('conflict');
      expect((await sessions.save({ ...newRecord(), id: record.id })).status).toBe('conflict');
      expect(await sessions.touch(record, record.expiresAt + 60_000)).toEqual({ status: 'gone' });
      expect(await sessions.destroy(record.id, 1)).toBe('conflict');
      expect(await rows(`SELECT * FROM ${table}`)).toEqual(before);
    }
    expect(await sessions.destroy(record.id)).toBe('destroyed');
  });

  it('hands on a payload that was cut, for the engine to reject', async () => {
    const record = await create({ payload: payloadOf({ basket: ['tea'] }) });
    await admin.query(`UPDATE ${table} SET payload = LEFT(payload, 5) WHERE id = ?`, [keyOf(record.id)]);
    expect(await sessions.load(record.id)).toMatchObject({ payload: record.payload.slice(0, 5) });
  });

  it('stores nothing whose deadline has passed', async () => {
    const past = Date.now() - 60_000;
    expect(await sessions.save(newRecord({ expiresAt: past }))).toEqual({ status: 'gone' });
    expect(await rows(`SELECT id FROM ${table}`)).toEqual([]);
    const held = await create();
    expect(await sessions.save(nextWrite({ token: '', record: held }, { expiresAt: past }))).toEqual({
      status: 'gone',
    });
    expect(await sessions.touch(held, past)).toMatchObject({ status: 'saved', version: 1 });
    expect(await sessions.load(held.id)).toEqual(held);
  });

  describe.each([
    ['ten minutes fast', 600_000],
    ['ten minutes slow', -600_000],
  ])('at an instance whose clock is %s', (_how, skew) => {
    const time = Date.now.bind(Date);
    const skewed = <T>(work: () => Promise<T>): Promise<T> => {
      vi.spyOn(Date, 'now').mockImplementation(() => time() + skew);
      return work().finally(() => vi.restoreAllMocks());
    };

    it('sessions end by the clock of the server, and no earlier or later', async () => {
      const record = await skewed(() => create({ expiresAt: Date.now() + 60_000, endsAt: Date.now() + 90_000 }));
      const seen = await sessions.load(record.id);
      expect(seen).toMatchObject({ payload: record.payload, version: 1 });
      const { expiresAt, endsAt, createdAt } = seen as typeof record;
      expect(Math.abs(expiresAt - (time() + 60_000))).toBeLessThan(5_000);
      expect(Math.abs(endsAt - (time() + 90_000))).toBeLessThan(5_000);
      expect(Math.abs(createdAt - time())).toBeLessThan(5_000);
      expect(await skewed(() => sessions.touch(record, Date.now() + 80_000))).toMatchObject({ status: 'saved' });
      const [row] = await rows(`SELECT expires_at FROM ${table}`);
      expect(Math.abs(Number(row?.['expires_at']) - (time() + 80_000))).toBeLessThan(5_000);
    });

    it('the sessions of others are seen with times of its own clock', async () => {
      const record = await create({ expiresAt: time() + 60_000 });
      const seen = await skewed(async () => {
        const loaded = await sessions.load(record.id);
        return { expiresAt: loaded !== null && 'expiresAt' in loaded ? loaded.expiresAt : 0, now: Date.now() };
      });
      expect(Math.abs(seen.expiresAt - seen.now - 60_000)).toBeLessThan(5_000);
    });
  });

  it('moves no absolute deadline when an instance stores what one with another clock has read', async () => {
    const { id } = await create({ principal: 'ann', authenticatedAt: Date.now() });
    const fixed = () => rows(`SELECT created_at, authenticated_at, ends_at FROM ${table} WHERE format = 1`);
    const before = await fixed();
    const time = Date.now.bind(Date);
    for (let round = 0; round < 3; round += 1) {
      const fast = vi.spyOn(Date, 'now').mockImplementation(() => time() + 3_000);
      const read = (await sessions.load(id)) as SessionRecord;
      fast.mockRestore();
      expect(await sessions.save(nextWrite({ token: '', record: read }))).toMatchObject({ status: 'saved' });
    }
    expect(await fixed()).toEqual(before);
  });

  it('removes expired sessions in batches, no other, and leaves the rest to the next turn', async () => {
    const live = await create();
    const values = Array.from({ length: 450 }, (_, n) => [Buffer.from(String(n).padStart(32, 'x')), ...EXPIRED]);
    await admin.query(
      `INSERT INTO ${table} (id, format, version, write_id, created_at, authenticated_at, expires_at, ends_at, principal, payload) VALUES ?`,
      [values],
    );
    // The time is the same for all that one statement removes.
    await admin.query(`CREATE TABLE ${table}_removed (removed_at DATETIME(6))`);
    await admin.query(
      `CREATE TRIGGER ${table}_note AFTER DELETE ON ${table} FOR EACH ROW INSERT INTO ${table}_removed VALUES (NOW(6))`,
    );
    const sweeping = typeormSessions({ url: server.url, table, ...PATIENT, sweepEveryMs: 600_000 });
    expect(await sweeping.sweep()).toBe(450);
    const batches = await rows(`SELECT COUNT(*) n FROM ${table}_removed GROUP BY removed_at ORDER BY removed_at`);
    expect(batches.map(({ n }) => Number(n))).toEqual([200, 200, 50]);
    expect(await sessions.load(live.id)).toEqual(live);
    await admin.query(`UPDATE ${table} SET expires_at = 1 WHERE id = ?`, [keyOf(live.id)]);
    expect(await sweeping.sweep()).toBe(0);
    expect(await rows(`SELECT id FROM ${table} WHERE format = 1`)).toHaveLength(1);
    await sweeping.onApplicationShutdown();
  });

  it('sweeps by itself, by one instance of several, and not after it was stopped', async () => {
    await sessions.load(newRecord().id);
    const instances = [1, 2, 3].map(() => typeormSessions({ url: server.url, table, ...PATIENT, sweepEveryMs: 40 }));
    const expire = () =>
      admin.query(
        `INSERT INTO ${table} (id, format, version, write_id, created_at, authenticated_at, expires_at, ends_at, principal, payload) VALUES ?`,
        [[[Buffer.alloc(32, 'y'), ...EXPIRED]]],
      );
    const left = async (): Promise<number> => (await rows(`SELECT id FROM ${table} WHERE format = 1`)).length;
    await expire();
    await Promise.all(instances.map((instance) => instance.onModuleInit()));
    await vi.waitFor(async () => expect(await left()).toBe(0), 10_000);
    await Promise.all(instances.map((instance) => instance.onApplicationShutdown()));
    await expire();
    const before = await figure('Com_stmt_execute');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await left()).toBe(1);
    expect(await figure('Com_stmt_execute')).toBe(before);
  });
});

describe("the application's own DataSource", () => {
  let database: string;
  beforeEach(async () => {
    database = `business_${tables++}`;
    await admin.query(`CREATE DATABASE ${database} CHARACTER SET latin1 COLLATE latin1_swedish_ci`);
  });

  function dataSourceOf(options: object = {}): DataSource {
    return new DataSource({
      type: 'mysql',
      url: server.url.replace('/sessions', `/${database}`),
      entities: [SessionEntity],
      migrations: [CreateSessions1764000000000],
      ...options,
    });
  }

  const on = (dataSource: DataSource, options: Omit<TypeormSessionsOptions, 'dataSource'> = {}) =>
    typeormSessions({ dataSource, ...PATIENT, ...options });

  it('holds the table by the migration, exactly as the entity says', async () => {
    const dataSource = await dataSourceOf().initialize();
    await dataSource.runMigrations();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    const sessions = on(dataSource);
    const record = newRecord({ principal: '王小明', payload: payloadOf('💶 ä \0') });
    await sessions.save(record);
    const [entity] = await dataSource.getRepository(SessionEntity).find();
    expect(entity).toMatchObject({ id: keyOf(record.id), principal: Buffer.from('王小明'), version: '1' });
    await dataSource.undoLastMigration();
    await expect(sessions.load(record.id)).rejects.toThrow(/ER_NO_SUCH_TABLE/);
    await dataSource.destroy();
  });

  it('may have the table under another name', async () => {
    class CreateShopSessions1764000000001 extends CreateSessions1764000000000 {
      protected override readonly table = 'shop_sessions';
    }
    const dataSource = await dataSourceOf({ entities: [], migrations: [CreateShopSessions1764000000001] }).initialize();
    await dataSource.runMigrations();
    const sessions = on(dataSource, { table: 'shop_sessions' });
    const record = newRecord();
    expect(await sessions.save(record)).toMatchObject({ status: 'saved' });
    expect(await rows(`SELECT id FROM ${database}.shop_sessions`)).toHaveLength(1);
    await dataSource.destroy();
  });

  it('may be initialised after the sessions are, and is neither changed nor closed', async () => {
    const dataSource = dataSourceOf();
    const sessions = on(dataSource, { createTable: true });
    await sessions.onModuleInit();
    await expect(sessions.load(newRecord().id)).rejects.toThrow(/the DataSource is not initialised/);
    await dataSource.initialize();
    const record = newRecord();
    expect(await sessions.save(record)).toMatchObject({ status: 'saved' });
    await sessions.onApplicationShutdown();
    expect(await dataSource.query('SELECT 1 AS one')).toMatchObject([{ one: expect.anything() as unknown }]);
    await dataSource.destroy();
  });

  it('may have any character set, sql_mode and client flags: what is stored comes back, and nothing is misread', async () => {
    const dataSource = await dataSourceOf({
      charset: 'latin1',
      flags: ['-FOUND_ROWS'],
      bigNumberStrings: false,
    }).initialize();
    await dataSource.runMigrations();
    await admin.query("SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'");
    try {
      const sessions = on(dataSource);
      const record = newRecord({ principal: "안나' OR \\'1", payload: payloadOf(`'"\\\0 😀 ü`) });
      await sessions.save(record);
      const held = { ...record, version: 1 };
      expect(await sessions.load(record.id)).toEqual(held);
      expect(await sessions.touch(held, held.expiresAt - 1)).toMatchObject({ status: 'saved', version: 1 });
      expect(await sessions.save(nextWrite({ token: '', record: held }))).toMatchObject({ version: 2 });
      const long = newRecord({ principal: '語'.repeat(400) });
      await expect(sessions.save(long)).rejects.toThrow(/ER_DATA_TOO_LONG/);
    } finally {
      await admin.query('SET GLOBAL sql_mode = DEFAULT');
      await dataSource.destroy();
    }
  });

  it("never shows a session to TypeORM's logger or its subscribers", async () => {
    const logged: string[] = [];
    const note = (...words: unknown[]): void => void logged.push(words.map(String).join(' '));
    const logger = {
      logQuery: note,
      logQueryError: note,
      logQuerySlow: note,
      logSchemaBuild: note,
      logMigration: note,
      log: note,
    };
    const dataSource = await dataSourceOf({ logging: 'all', logger }).initialize();
    await dataSource.runMigrations();
    logged.length = 0;
    const record = newRecord();
    await on(dataSource).save(record);
    await on(dataSource).save(newRecord({ id: record.id }));
    expect(logged).toEqual([]);
    await dataSource.destroy();
  });
});
