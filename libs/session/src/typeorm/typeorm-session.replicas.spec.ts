import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { FaultProxy, type MariadbPair, startMariadbPair } from 'throwaway-servers';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RepositoryEventMap } from '../contracts/repository-events.js';
import type { SessionRecord } from '../contracts/record.js';
import { storageKey } from '../contracts/session-id.js';
import { preparedStatements } from '../testing/executed-statements.fixture.js';
import { sessionRepositoryCompliance } from '../testing/index.js';
import { newRecord, nextWrite, payloadOf } from '../testing/sample-session.js';
import { typeormSessions, type TypeormSessionRepository, type TypeormSessionsOptions } from './index.js';

let pair: MariadbPair;
let primary: Connection;
let replica: Connection;
beforeAll(async () => {
  pair = await startMariadbPair();
  primary = await createConnection(pair.primary.url);
  // The database arrives there with replication.
  await vi.waitFor(async () => (replica = await createConnection(pair.replica.url)), 10_000);
}, 60_000);
afterAll(async () => {
  await Promise.all([primary.end(), replica.end()]);
  await pair.stop();
});

/** Generous, so that a busy machine is no failure where failures are not the subject. */
const PATIENT = { timeoutMs: 5_000, sweepEveryMs: 0 };

sessionRepositoryCompliance({ describe, it }, 'MySQL with reads from a replica', () => {
  const sessions = () =>
    typeormSessions({
      url: pair.primary.url,
      replicas: [pair.replica.url],
      reads: 'replica',
      table: 'compliance',
      poolSize: 3,
      maxLagMs: 1_000,
      ...PATIENT,
    });
  return { a: sessions(), b: sessions(), expiryResolutionMs: 250 };
});

function keyOf({ id }: SessionRecord): Buffer {
  return Buffer.from(storageKey(id), 'hex');
}

function update(record: SessionRecord, data: unknown): SessionRecord {
  return nextWrite({ token: record.id, record }, { payload: payloadOf(data) });
}

async function untilReplicated(table: string, record: SessionRecord): Promise<void> {
  await vi.waitFor(async () => {
    const [rows] = await replica.query<RowDataPacket[]>(`SELECT version FROM ${table} WHERE id = ?`, [keyOf(record)]);
    expect(Number(rows[0]?.['version'])).toBe(record.version);
  }, 10_000);
}

/** The time of the primary that the pulse of a table last brought to a server; 0 before the first. */
async function pulseAt(server: Connection, table: string): Promise<number> {
  const [rows] = await server.query<RowDataPacket[]>(`SELECT created_at FROM ${table} WHERE format = 0`);
  return Number(rows[0]?.['created_at'] ?? 0);
}

async function untilPulse(table: string): Promise<void> {
  await vi.waitFor(async () => expect(await pulseAt(replica, table)).toBeGreaterThan(0), 10_000);
}

let tables = 0;

describe.each([
  ['delayed by five seconds', 'CHANGE MASTER TO MASTER_DELAY = 5', 'CHANGE MASTER TO MASTER_DELAY = 0'],
  ['that has stopped following', undefined, undefined],
])('reads from a replica %s', (_how, lag, catchUp) => {
  let sessions: TypeormSessionRepository;
  let record: SessionRecord;
  beforeEach(async () => {
    sessions = typeormSessions({
      url: pair.primary.url,
      replicas: [pair.replica.url],
      reads: 'replica',
      table: `lag_${tables++}`,
      maxLagMs: 60_000,
      ...PATIENT,
    });
    await sessions.onModuleInit();
    const created = newRecord({ payload: payloadOf(0) });
    await sessions.save(created);
    record = { ...created, version: 1 };
    await untilReplicated(`lag_${tables - 1}`, record);
    // The pulse has to arrive before the replica falls behind.
    await vi.waitFor(async () => {
      const before = await preparedStatements(replica);
      await sessions.load(record.id, 1);
      const [rows] = await replica.query<RowDataPacket[]>(
        `SELECT id FROM lag_${tables - 1} WHERE format = 0 AND created_at > 0`,
      );
      expect([rows.length, await preparedStatements(replica)]).toEqual([1, before + 1]);
    }, 10_000);
    await replica.query(lag === undefined ? 'STOP SLAVE SQL_THREAD' : 'STOP SLAVE');
    if (lag !== undefined) {
      await replica.query(lag);
      await replica.query('START SLAVE');
    }
  });
  afterEach(async () => {
    if (catchUp !== undefined) {
      await replica.query('STOP SLAVE');
      await replica.query(catchUp);
    }
    await replica.query('START SLAVE');
    await sessions.onApplicationShutdown();
  });

  it('never show a user a state older than the version that they presented', async () => {
    for (let n = 1; n <= 30; n += 1) {
      expect(await sessions.save(update(record, n))).toMatchObject({ status: 'saved' });
      record = { ...record, version: record.version + 1 };
      expect(await sessions.load(record.id, record.version)).toMatchObject({
        version: record.version,
        payload: payloadOf(n),
      });
    }
    // Who presents nothing is answered by the replica, which proves that it is behind.
    const behind = (await sessions.load(record.id)) as SessionRecord;
    expect(behind.version).toBeLessThan(record.version);
  });

  it('never take a session for dead that the replica does not know', async () => {
    const unheardOf = newRecord();
    await sessions.save(unheardOf);
    expect(await sessions.load(unheardOf.id)).toMatchObject({ version: 1 });
  });

  it('never bring back a session by a write, destroyed as it is at the primary', async () => {
    expect(await sessions.destroy(record.id)).toBe('destroyed');
    expect(await sessions.load(record.id)).toMatchObject({ version: 1 });
    expect(await sessions.save(update(record, 1))).toEqual({ status: 'gone' });
    expect(await sessions.touch(record, record.expiresAt + 60_000)).toEqual({ status: 'gone' });
  });
});

describe('a replica that falls behind', () => {
  it('serves a destroyed session no longer than was promised', async () => {
    const table = `lag_${tables++}`;
    const replicas = [pair.replica.url];
    const options = { url: pair.primary.url, replicas, reads: 'replica', table, maxLagMs: 2_500, ...PATIENT } as const;
    const sessions = typeormSessions(options);
    expect(sessions.guarantees).toMatchObject({ reads: 'read-your-writes', revocation: { withinMs: 2_500 } });
    await sessions.onModuleInit();
    const created = newRecord();
    await sessions.save(created);
    const record = { ...created, version: 1 };
    await untilReplicated(table, record);
    // Without a pulse the replica would be believed nothing, and the bound below would bound nothing.
    await untilPulse(table);
    await replica.query('STOP SLAVE SQL_THREAD');
    await sessions.destroy(record.id);
    const destroyedAt = performance.now();
    let servedFor = 0;
    for (;;) {
      const askedAt = performance.now();
      if ((await sessions.load(record.id)) === null) break;
      servedFor = askedAt - destroyedAt;
    }
    expect(servedFor).toBeGreaterThan(0);
    expect(servedFor).toBeLessThanOrEqual(2_500);
    await replica.query('START SLAVE');
    await sessions.onApplicationShutdown();
  }, 20_000);
});

describe('when the primary does not answer', () => {
  let proxy: FaultProxy;
  let sessions: TypeormSessionRepository;
  let record: SessionRecord;
  let events: [event: keyof RepositoryEventMap, detail: object][];
  const table = (): string => `outage_${tables}`;

  async function begin(options: Omit<TypeormSessionsOptions, 'url' | 'replicas'> = {}): Promise<void> {
    proxy = await FaultProxy.start(pair.primary.port);
    sessions = typeormSessions({
      url: `mysql://root@127.0.0.1:${proxy.port}/sessions`,
      replicas: [pair.replica.url],
      table: table(),
      sweepEveryMs: 0,
      ...options,
    });
    events = [];
    sessions.reportTo((event, detail) => events.push([event, detail]));
    await sessions.onModuleInit();
    await vi.waitFor(() => sessions.load(newRecord().id), 10_000);
    const created = newRecord({ principal: 'ann' });
    await vi.waitFor(() => sessions.save(created), 10_000);
    record = { ...created, version: 1 };
    await untilReplicated(table(), record);
    await untilPulse(table());
  }
  afterEach(async () => {
    tables += 1;
    await sessions.onApplicationShutdown();
    await proxy.stop();
  });

  it.each([
    ['primary', { kind: 'refuse' }],
    ['primary', { kind: 'black-hole' }],
    ['replica', { kind: 'refuse' }],
    ['replica', { kind: 'black-hole' }],
  ] as const)(
    'sessions are still read, marked stale, and in time (reads: %s, %o)',
    async (reads, fault) => {
      await begin({ reads, maxLagMs: 2_500 });
      expect(await sessions.load(record.id)).toEqual(record);
      await proxy.set(fault);
      for (let round = 0; round < 8; round += 1) {
        const start = performance.now();
        // With reads from replicas a fresh one needs no primary; a floor that it does not reach does.
        const loaded = await vi.waitFor(() => sessions.load(record.id, 1), { timeout: 3_000, interval: 5 });
        expect(loaded).toMatchObject({ ...record, ...(reads === 'primary' && { stale: true }) });
        expect(performance.now() - start).toBeLessThan(1_000);
        const writing = performance.now();
        await expect(sessions.save(update(record, 1))).rejects.toMatchObject({ name: 'SessionStoreError' });
        expect(performance.now() - writing).toBeLessThan(900);
      }
      await vi.waitFor(async () => expect(await sessions.load(record.id)).toMatchObject({ stale: true }), 5_000);
      expect(events).toContainEqual(['placeUnavailable', expect.objectContaining({ place: 'primary' })]);

      await proxy.heal();
      await vi.waitFor(() => sessions.save(update(record, 1)), { timeout: 2_000, interval: 5 });
      expect(await sessions.load(record.id, 2)).not.toHaveProperty('stale');
      expect(events.at(-1)).toEqual(['placeAvailable', { place: 'primary' }]);
    },
    20_000,
  );

  it('a replica that is behind what was presented, or knows nothing, answers nothing: it is no log-out', async () => {
    await begin({ maxLagMs: 60_000 });
    await replica.query('STOP SLAVE SQL_THREAD');
    await sessions.save(update(record, 1));
    const unheardOf = newRecord();
    await sessions.save(unheardOf);
    await proxy.set({ kind: 'refuse' });
    await expect(sessions.load(record.id, 2)).rejects.toMatchObject({ name: 'SessionStoreError' });
    await expect(sessions.load(unheardOf.id)).rejects.toMatchObject({ name: 'SessionStoreError' });
    expect(await sessions.load(record.id, 1)).toMatchObject({ version: 1, stale: true });
    await replica.query('START SLAVE');
  });

  it.each(['primary', 'replica'] as const)(
    'a replica that had fallen too far behind before is not believed, and a logged-out session stays so (reads: %s)',
    async (reads) => {
      await begin({ reads, maxLagMs: 1_000, timeoutMs: 2_000 });
      await replica.query('STOP SLAVE SQL_THREAD');
      try {
        expect(await sessions.destroy(record.id)).toBe('destroyed');
        const applied = await pulseAt(replica, table());
        await vi.waitFor(async () => expect(await pulseAt(primary, table())).toBeGreaterThan(applied + 1_000), 10_000);
        expect(await sessions.load(record.id)).toBeNull();
        await proxy.set({ kind: 'refuse' });
        await expect(sessions.load(record.id)).rejects.toMatchObject({ name: 'SessionStoreError' });
      } finally {
        await replica.query('START SLAVE');
      }
    },
  );

  it.each(['primary', 'replica'] as const)(
    'a replica that was current then is believed for as long as the primary is away (reads: %s)',
    async (reads) => {
      await begin({ reads, maxLagMs: 2_000 });
      // The outage may begin while the machine is busy: what counts is that the replica had been current when the primary was last heard.
      await vi.waitFor(async () => {
        await sessions.load(record.id);
        expect(Date.now() - (await pulseAt(replica, table()))).toBeLessThan(1_000);
        await proxy.set({ kind: 'refuse' });
      }, 10_000);
      await vi.waitFor(
        async () => expect(Date.now() - (await pulseAt(replica, table()))).toBeGreaterThan(2_500),
        10_000,
      );
      expect(await sessions.load(record.id)).toEqual({ ...record, stale: true });
    },
  );

  it('says what it promises, that of a copy', async () => {
    await begin({ maxLagMs: 3_000 });
    expect(sessions.guarantees).toEqual({
      concurrency: 'compare-and-set',
      reads: 'read-your-writes',
      revocation: { withinMs: 3_000 },
    });
  });

  it('an expired session is not served, and a replica that is down changes nothing', async () => {
    await begin();
    const short = newRecord({ expiresAt: Date.now() + 1_000 });
    await sessions.save(short);
    await untilReplicated(table(), { ...short, version: 1 });
    await proxy.set({ kind: 'refuse' });
    await vi.waitFor(async () => {
      await expect(sessions.load(short.id)).rejects.toMatchObject({ name: 'SessionStoreError' });
    }, 5_000);
    expect(await sessions.load(record.id)).toMatchObject({ stale: true });
  });

  it("an application's own DataSource with replication does the same", async () => {
    await begin();
    const place = ({ port }: { port: number }) => ({ host: '127.0.0.1', port, username: 'root', database: 'sessions' });
    const replication = {
      master: place(proxy),
      slaves: [place(pair.replica)],
      canRetry: false,
      removeNodeErrorCount: Infinity,
    };
    const dataSource = await new DataSource({ type: 'mysql', database: 'sessions', replication }).initialize();
    const shared = typeormSessions({ dataSource, table: table(), sweepEveryMs: 0 });
    expect(shared.guarantees).toMatchObject({ reads: 'read-your-writes' });
    expect(await vi.waitFor(() => shared.load(record.id), 5_000)).toEqual(record);
    await proxy.set({ kind: 'refuse' });
    for (let round = 0; round < 20; round += 1) {
      expect(await vi.waitFor(() => shared.load(record.id), 5_000)).toEqual({ ...record, stale: true });
    }
    await proxy.heal();
    await vi.waitFor(async () => expect(await shared.load(record.id)).toEqual(record), 2_000);
    await dataSource.destroy();
  });
});
