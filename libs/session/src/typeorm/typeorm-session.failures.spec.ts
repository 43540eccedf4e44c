import { inspect } from 'node:util';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { FaultProxy, startMariadb, type ThrowawayServer } from 'throwaway-servers';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionStoreError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import { storageKey } from '../contracts/session-id.js';
import { errorOf, recovery, SECRET, strangeAnswers, update } from '../testing/failing-store.fixture.js';
import { newRecord, payloadOf } from '../testing/sample-session.js';
import { typeormSessions, type TypeormSessionRepository } from './index.js';

/** The promises: an error before the engine's own deadline of 500 ms, and back within two seconds of the store. */
const DEADLINE_MS = 500;
const RECOVERY_MS = 2_000;
/** What a machine that is busy with other tests may add. */
const GRACE_MS = 400;
/** Connections of a pool, by default. */
const POOL = 10;

let server: ThrowawayServer;
let admin: Connection;
let proxy: FaultProxy;
let sessions: TypeormSessionRepository;

beforeAll(async () => {
  server = await startMariadb();
  admin = await administrator();
}, 60_000);
afterAll(async () => {
  admin.destroy();
  await server.stop();
});
beforeEach(async () => {
  proxy = await FaultProxy.start(server.port);
  sessions = typeormSessions({ url: through(proxy), sweepEveryMs: 0 });
  await sessions.onModuleInit();
  await vi.waitFor(() => sessions.load(newRecord().id), 10_000);
});
afterEach(async () => {
  server.thaw();
  await sessions.onApplicationShutdown();
  await proxy.stop();
});

async function administrator(): Promise<Connection> {
  const connection = await createConnection(server.url);
  // It is there when the server is killed.
  connection.on('error', () => undefined);
  return connection;
}

function through({ port }: FaultProxy): string {
  return `mysql://root@127.0.0.1:${port}/sessions`;
}

async function create(choice?: Parameters<typeof newRecord>[0]): Promise<SessionRecord> {
  const record = newRecord({ payload: payloadOf(SECRET), ...choice });
  await vi.waitFor(() => sessions.save(record), { timeout: 10_000, interval: 5 });
  return { ...record, version: 1 };
}

/** The same, in the time that the engine would wait. */
async function errorInTime(work: Promise<unknown>): Promise<unknown> {
  const start = performance.now();
  const error = await errorOf(work);
  expect(performance.now() - start).toBeLessThan(DEADLINE_MS + GRACE_MS);
  return error;
}

async function storedWriteId({ id }: SessionRecord): Promise<string> {
  const [rows] = await admin.query<RowDataPacket[]>('SELECT write_id FROM sessions WHERE id = ?', [
    Buffer.from(storageKey(id), 'hex'),
  ]);
  return String(rows[0]?.['write_id']);
}

describe('a MySQL that answers but cannot write', () => {
  it('is a store error that names the reason and says that nothing was executed; reads go on', async () => {
    await admin.query("CREATE USER shop@'127.0.0.1'");
    await admin.query("GRANT SELECT, INSERT, UPDATE, DELETE ON sessions.* TO shop@'127.0.0.1'");
    const shop = typeormSessions({ url: through(proxy).replace('root', 'shop'), sweepEveryMs: 0 });
    const record = await create();
    await vi.waitFor(() => shop.load(record.id), 10_000);
    await admin.query('SET GLOBAL read_only = 1');
    try {
      for (const work of [
        () => shop.save(newRecord()),
        () => shop.save(update(record)),
        () => shop.touch(record, record.expiresAt + 60_000),
        () => shop.destroy(record.id),
        () => shop.destroy(record.id, 1),
      ]) {
        expect(await errorOf(work())).toMatchObject({
          name: 'SessionStoreError',
          outcome: 'not-executed',
          message: 'The session store cannot answer (ER_OPTION_PREVENTS_STATEMENT)',
        });
      }
      expect(await shop.load(record.id)).toEqual(record);
    } finally {
      await admin.query('SET GLOBAL read_only = 0');
    }
    expect(await shop.save(update(record))).toMatchObject({ status: 'saved' });
    await shop.onApplicationShutdown();
  });

  it('ends a statement that waits for a lock on its own side too, and the session goes on afterwards', async () => {
    const record = await create();
    const locker = await createConnection(server.url);
    await locker.query('BEGIN');
    await locker.query('SELECT * FROM sessions WHERE id = ? FOR UPDATE', [Buffer.from(storageKey(record.id), 'hex')]);
    expect(await errorInTime(sessions.save(update(record)))).toMatchObject({ outcome: 'unknown' });
    expect(await sessions.load(record.id)).toEqual(record);
    await vi.waitFor(async () => {
      const [waiting] = await admin.query<RowDataPacket[]>(
        "SELECT id FROM information_schema.processlist WHERE info LIKE '%UPDATE%' AND info NOT LIKE '%processlist%'",
      );
      expect(waiting).toEqual([]);
    }, 5_000);
    await locker.query('ROLLBACK');
    await locker.end();
    expect(await sessions.save(update(record))).toMatchObject({ status: 'saved', version: 2 });
  });
});

/** A connection of mysql2, as far as a test lets it die. */
interface Idle {
  readonly stream: { write(bytes: Buffer): void };
  release(): void;
}

const COM_PING = Buffer.from([1, 0, 0, 0, 14]);

describe('a MySQL that cannot be reached', () => {
  it('is an error at once, and serves within two seconds of its return', async () => {
    const record = await create();
    await proxy.set({ kind: 'refuse' });
    for (let round = 0; round < 10; round += 1) {
      expect(await errorInTime(sessions.load(record.id))).toMatchObject({ outcome: 'not-executed' });
    }
    expect(await errorInTime(sessions.save(update(record)))).toMatchObject({ outcome: 'not-executed' });
    await proxy.heal();
    expect(await recovery(sessions, record)).toBeLessThan(RECOVERY_MS);
    expect(await sessions.save(update(record))).toMatchObject({ status: 'saved', version: 2 });
  });

  it('has every session when it was killed and started again', async () => {
    const record = await create();
    await server.kill();
    await errorInTime(sessions.load(record.id));
    await server.restart();
    admin = await administrator();
    expect(await recovery(sessions, record)).toBeLessThan(RECOVERY_MS);
    expect(await sessions.load(record.id)).toEqual(record);
  }, 60_000);

  it('is given up in a black hole with every connection of the pool, and all of them are replaced', async () => {
    const record = await create();
    await Promise.all(Array.from({ length: 30 }, () => sessions.load(record.id)));
    const { connections } = proxy;
    expect(connections).toBeGreaterThan(5);
    await proxy.set({ kind: 'black-hole' });
    const writing = errorInTime(sessions.save(update(record)));
    expect(await errorInTime(sessions.load(record.id))).toMatchObject({ outcome: 'not-executed' });
    expect(await writing).toMatchObject({ outcome: 'unknown' });
    await proxy.heal();
    expect(await recovery(sessions, record)).toBeLessThan(RECOVERY_MS);
    expect(await Promise.all(Array.from({ length: 30 }, () => sessions.load(record.id)))).toHaveLength(30);
    await vi.waitFor(() => expect(proxy.openConnections).toBeLessThanOrEqual(10), 5_000);
  });

  it('costs nobody the whole deadline when it stands still, nor more than a pool of connections', async () => {
    const record = await create();
    server.freeze();
    // An answer from before it stood still may arrive after the first questions.
    await vi.waitFor(async () => {
      const errors = await Promise.all(Array.from({ length: 5 }, () => errorInTime(sessions.load(record.id))));
      expect(String(errors)).toMatch(/several times in a row/);
    }, 5_000);
    const start = performance.now();
    const errors = await Promise.all(Array.from({ length: 2_000 }, () => errorOf(sessions.load(record.id))));
    expect(performance.now() - start).toBeLessThan(DEADLINE_MS + GRACE_MS);
    expect(errors.filter((error) => /several times in a row/.test(String(error))).length).toBeGreaterThan(1_900);
    expect(proxy.openConnections).toBeLessThanOrEqual(20);
    server.thaw();
    expect(await recovery(sessions, record)).toBeLessThan(RECOVERY_MS);
    expect(await sessions.load(record.id)).toEqual(record);
  });

  it('never sees again a connection whose answer did not come in time', async () => {
    const one = typeormSessions({ url: through(proxy), poolSize: 1, sweepEveryMs: 0 });
    await sessions.onApplicationShutdown();
    await vi.waitFor(() => one.load(newRecord().id), 10_000);
    await vi.waitFor(() => expect(proxy.openConnections).toBe(1), 5_000);
    await proxy.set({ kind: 'hold', direction: 'answers' });
    await errorInTime(one.load(newRecord().id));
    await vi.waitFor(() => expect(proxy.openConnections).toBe(0), 5_000);
    await one.onApplicationShutdown();
  });

  it('is served from again although every connection in the pool has died unnoticed', async () => {
    const dataSource = await new DataSource({ type: 'mysql', url: through(proxy), poolSize: 8 }).initialize();
    const shared = typeormSessions({ dataSource, sweepEveryMs: 0 });
    const record = await create();
    const idle = await Promise.all(
      Array.from({ length: 8 }, () => dataSource.driver.obtainMasterConnection() as Promise<Idle>),
    );
    await proxy.set({ kind: 'black-hole' });
    for (const { stream } of idle) stream.write(COM_PING);
    await vi.waitFor(() => expect(proxy.swallowedBytes).toBe(8 * COM_PING.length));
    for (const connection of idle) connection.release();
    await proxy.heal();
    const start = performance.now();
    await vi.waitFor(() => shared.load(record.id), { timeout: 10_000, interval: 5 });
    expect(performance.now() - start).toBeLessThan(RECOVERY_MS);
    await Promise.all(Array.from({ length: 8 }, () => shared.load(record.id)));
    await dataSource.destroy();
  });

  it('is asked again after a silence although the clock of the instance was set back', async () => {
    const record = await create();
    await proxy.set({ kind: 'black-hole' });
    await errorInTime(sessions.load(record.id));
    await proxy.heal();
    const time = Date.now.bind(Date);
    const hourAgo = vi.spyOn(Date, 'now').mockImplementation(() => time() - 3_600_000);
    try {
      const connections = async (): Promise<number> => {
        const [rows] = await admin.query<RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Connections'");
        return Number(rows[0]?.['Value']);
      };
      const before = await connections();
      await vi.waitFor(() => sessions.load(record.id), { timeout: 10_000, interval: 5 });
      // None was thrown away only because it seemed to be older than the silence.
      expect((await connections()) - before).toBeLessThanOrEqual(POOL);
    } finally {
      hourAgo.mockRestore();
    }
  });

  it('never gives the late answer to one question to another', async () => {
    const [asked, other] = [await create({ principal: 'ann' }), await create({ principal: 'bob' })];
    await proxy.set({ kind: 'hold', direction: 'answers' });
    await Promise.all(Array.from({ length: 10 }, () => errorOf(sessions.load(asked.id))));
    await proxy.heal();
    expect(await strangeAnswers(sessions, other)).toEqual([]);
  });

  it.each([
    ['dropped', { kind: 'drop-answers' }],
    ['cut in the middle', { kind: 'cut-answers', bytes: 2 }],
  ] as const)(
    'says that the outcome is unknown when an answer is %s, and a write sent again counts once',
    async (_how, fault) => {
      const one = typeormSessions({ url: through(proxy), poolSize: 1, sweepEveryMs: 0 });
      // The only connection has prepared the statements by then: what is lost is the answer to the write itself.
      const record = await create();
      await vi.waitFor(() => one.save(newRecord()), 10_000);
      await one.save(update(await create()));
      const [created, updated] = [newRecord(), update(record)];
      for (const write of [created, updated]) {
        await proxy.set(fault);
        expect(await errorOf(one.save(write))).toMatchObject({ outcome: 'unknown' });
        await proxy.heal();
        await vi.waitFor(() => one.load(record.id), { timeout: 5_000, interval: 5 });
        await one.save(newRecord());
        await one.save(update(await create()));
        await vi.waitFor(async () => expect(await storedWriteId(write)).toBe(write.writeId));
        expect(await one.save(write)).toMatchObject({ status: 'saved', version: write.version + 1 });
        expect(await one.load(write.id)).toEqual({ ...write, version: write.version + 1 });
      }
      await one.onApplicationShutdown();
    },
  );
});

describe('an error of the TypeORM repository', () => {
  it('holds nothing of the session, its id, its key, its SQL or its principal', async () => {
    const record = await create({ principal: 'ann@example.com' });
    const errors = [await errorOf(sessions.save({ ...update(record), principal: 'ann@example.com'.repeat(100) }))];
    const elsewhere = typeormSessions({ url: through(proxy), table: 'nowhere', createTable: false });
    errors.push(await errorOf(elsewhere.save(update(record))));
    await elsewhere.onApplicationShutdown();
    await admin.query(
      "CREATE TRIGGER telltale BEFORE UPDATE ON sessions FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = NEW.payload",
    );
    errors.push(await errorOf(sessions.save(update(record))));
    await admin.query('DROP TRIGGER telltale');
    await proxy.set({ kind: 'drop-answers' });
    errors.push(await errorOf(sessions.save(update(record))));
    await proxy.set({ kind: 'refuse' });
    errors.push(await errorOf(sessions.save(update(record))), await errorOf(sessions.load(record.id)));
    for (const error of errors) {
      expect(error).toBeInstanceOf(SessionStoreError);
      expect(error).not.toHaveProperty('cause');
      const everything = inspect(error, { depth: Infinity, showHidden: true }).replaceAll(/\bat .*/g, '');
      for (const secret of [SECRET, record.id, storageKey(record.id), 'UPDATE', 'SELECT', 'example.com', 'root']) {
        expect(everything).not.toContain(secret);
      }
    }
  });
});

/** How many connections to a database there are. */
async function connectedTo(database: string): Promise<number> {
  const [rows] = await admin.query<RowDataPacket[]>(
    'SELECT COUNT(*) n FROM information_schema.processlist WHERE db = ?',
    [database],
  );
  return Number(rows[0]?.['n']);
}

describe('the connections of the TypeORM repository', () => {
  it('are opened and closed with the application', async () => {
    // Of its own: those of earlier tests may still be closing.
    const database = 'opened_and_closed';
    await admin.query(`CREATE DATABASE ${database}`);
    const own = typeormSessions({ url: server.url.replace(/[^/]+$/, database) });
    expect(await connectedTo(database)).toBe(0);
    await own.onModuleInit();
    await vi.waitFor(async () => expect(await connectedTo(database)).toBeGreaterThan(0), 5_000);
    await own.onApplicationShutdown();
    await vi.waitFor(async () => expect(await connectedTo(database)).toBe(0), 5_000);
    expect(await errorOf(own.load(newRecord().id))).toBeInstanceOf(SessionStoreError);
  });

  it('keep no application from starting whose MySQL is down or silent, and serve when that is up', async () => {
    for (const fault of [{ kind: 'refuse' }, { kind: 'black-hole' }] as const) {
      await proxy.set(fault);
      const own = typeormSessions({ url: through(proxy) });
      const start = performance.now();
      await own.onModuleInit();
      expect(performance.now() - start).toBeLessThan(2_000);
      expect(await errorInTime(own.load(newRecord().id))).toBeInstanceOf(SessionStoreError);
      await proxy.heal();
      await vi.waitFor(() => own.load(newRecord().id), { timeout: RECOVERY_MS + GRACE_MS, interval: 5 });
      await own.onApplicationShutdown();
    }
  });

  it('can be closed whatever state they are in, soon, and all of them', async () => {
    for (const fault of [{ kind: 'refuse' }, { kind: 'black-hole' }] as const) {
      await proxy.set({ kind: 'none' });
      const own = typeormSessions({ url: through(proxy) });
      await vi.waitFor(() => own.load(newRecord().id), 10_000);
      await proxy.set(fault);
      const start = performance.now();
      await Promise.all([errorOf(own.load(newRecord().id)), own.onApplicationShutdown()]);
      expect(performance.now() - start).toBeLessThan(2_000);
      const never = typeormSessions({ url: through(proxy) });
      await Promise.all([never.onModuleInit(), never.onApplicationShutdown()]);
    }
    await sessions.onApplicationShutdown();
    await vi.waitFor(() => expect(proxy.openConnections).toBe(0), 5_000);
  });

  it("of an application's DataSource are bounded in time too, and go back to it", async () => {
    const dataSource = await new DataSource({ type: 'mysql', url: through(proxy), poolSize: 2 }).initialize();
    const shared = typeormSessions({ dataSource, sweepEveryMs: 0 });
    const record = await create();
    const busy = [1, 2].map(async () => dataSource.query<unknown>('SELECT SLEEP(3)'));
    await vi.waitFor(
      async () =>
        expect(await errorInTime(shared.load(record.id))).toMatchObject({
          message: expect.stringMatching(/no connection to the primary in time/) as string,
        }),
      2_900,
    );
    await Promise.all(busy);
    expect(await vi.waitFor(() => shared.load(record.id), 5_000)).toEqual(record);
    await Promise.all(Array.from({ length: 20 }, () => shared.load(record.id)));
    expect(await dataSource.query('SELECT 1 AS one')).toHaveLength(1);
    await dataSource.destroy();
  }, 20_000);
});
