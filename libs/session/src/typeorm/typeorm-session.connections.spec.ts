import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { FaultProxy, startMariadb, startMariadbPair, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { storageKey } from '../contracts/session-id.js';
import { errorOf, update } from '../testing/failing-store.fixture.js';
import { newRecord } from '../testing/sample-session.js';
import { type TypeormSessionRepository, typeormSessions, type TypeormSessionsOptions } from './index.js';

/** Generous: how soon something fails is not the subject. */
const PATIENT = { timeoutMs: 5_000, sweepEveryMs: 0 };

/** One that is not exempt from `read_only`, as root is. */
const SHOP = 'shop';
const GRANT = `GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON sessions.* TO ${SHOP}@'127.0.0.1'`;

function opened(options: TypeormSessionsOptions): TypeormSessionRepository {
  const sessions = typeormSessions(options);
  onTestFinished(() => sessions.onApplicationShutdown());
  return sessions;
}

function keyOf(id: string): Buffer {
  return Buffer.from(storageKey(id), 'hex');
}

describe('a primary that was demoted while the connections to it stay open', () => {
  it('is left by all of them at the first write that it refuses, and the session goes on at the new one', async () => {
    const pair = await startMariadbPair();
    onTestFinished(() => pair.stop());
    const proxy = await FaultProxy.start(pair.primary.port);
    onTestFinished(() => proxy.stop());
    const primary = await createConnection(pair.primary.url);
    onTestFinished(() => primary.destroy());
    await primary.query(`CREATE USER ${SHOP}@'127.0.0.1'`);
    await primary.query(GRANT);
    const sessions = opened({ url: `mysql://${SHOP}@127.0.0.1:${proxy.port}/sessions`, ...PATIENT });
    const record = newRecord();
    await vi.waitFor(() => sessions.save(record), 10_000);
    const held = { ...record, version: 1 };
    // The database arrives there with replication.
    const replica = await vi.waitFor(() => createConnection(pair.replica.url), 10_000);
    onTestFinished(() => replica.destroy());
    const versionAtReplica = async (): Promise<number> => {
      const [rows] = await replica.query<RowDataPacket[]>('SELECT version FROM sessions WHERE id = ?', [
        keyOf(record.id),
      ]);
      return Number(rows[0]?.['version']);
    };
    await vi.waitFor(async () => expect(await versionAtReplica()).toBe(1), 10_000);
    await Promise.all(Array.from({ length: 30 }, () => sessions.load(record.id)));
    expect(proxy.openConnections).toBeGreaterThan(5);

    await primary.query('SET GLOBAL read_only = 1');
    await replica.query('STOP SLAVE');
    await replica.query('SET GLOBAL read_only = 0');
    proxy.moveTo(pair.replica.port);
    expect(await errorOf(sessions.save(update(held)))).toMatchObject({
      outcome: 'not-executed',
      message: 'The session store cannot answer (ER_OPTION_PREVENTS_STATEMENT)',
    });
    expect(await sessions.save(update(held))).toMatchObject({ status: 'saved', version: 2 });
    expect(await versionAtReplica()).toBe(2);
    // What the old one still has may have been logged out since.
    const seen = await Promise.all(Array.from({ length: 30 }, () => sessions.load(record.id)));
    expect(new Set(seen.map((each) => each !== null && 'version' in each && each.version))).toEqual(new Set([2]));
  }, 60_000);
});

describe('a primary that takes no writes for a while', () => {
  const [ROUNDS, POOL] = [10, 10];

  it('is read over the same connections, however many writes it refuses', async () => {
    const server = await startMariadb();
    onTestFinished(() => server.stop());
    const admin = await createConnection(server.url);
    onTestFinished(() => admin.destroy());
    await admin.query(`CREATE USER ${SHOP}@'127.0.0.1'`);
    await admin.query(GRANT);
    const sessions = opened({ url: `mysql://${SHOP}@127.0.0.1:${server.port}/sessions`, ...PATIENT });
    const record = newRecord();
    await vi.waitFor(() => sessions.save(record), 10_000);
    const connections = async (): Promise<number> => {
      const [rows] = await admin.query<RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Connections'");
      return Number(rows[0]?.['Value']);
    };
    const loads = (): Promise<unknown> => Promise.all(Array.from({ length: POOL * 3 }, () => sessions.load(record.id)));
    await loads();
    const [before, start] = [await connections(), performance.now()];

    await admin.query('SET GLOBAL read_only = 1');
    for (let round = 0; round < ROUNDS; round += 1) {
      expect(await errorOf(sessions.save(update({ ...record, version: 1 })))).toMatchObject({
        outcome: 'not-executed',
      });
      await loads();
    }
    // The one that was refused each time, and once in a second all.
    const purges = 1 + Math.ceil((performance.now() - start) / 1_000);
    expect((await connections()) - before).toBeLessThanOrEqual(ROUNDS + POOL * purges);
  }, 60_000);
});

describe('more sessions asked for than the connections can serve', () => {
  const WAITING = 50;
  let server: ThrowawayServer;
  beforeAll(async () => {
    server = await startMariadb();
  }, 60_000);
  afterAll(() => server.stop());

  it.each([
    ['alone', false],
    ['with a replica, which would not know of a log-out yet', true],
  ])(
    'are refused at once when fifty wait for each, at a primary %s that is not taken for lost',
    async (_how, hasReplica) => {
      const proxy = await FaultProxy.start(server.port);
      onTestFinished(() => proxy.stop());
      const table = hasReplica ? 'beside_replica' : 'alone';
      const sessions = opened({
        url: `mysql://root@127.0.0.1:${proxy.port}/sessions`,
        ...(hasReplica && { replicas: [server.url], maxLagMs: 60_000 }),
        table,
        poolSize: 1,
        ...PATIENT,
      });
      const events: string[] = [];
      sessions.reportTo((event) => events.push(event));
      await sessions.onModuleInit();
      const record = newRecord();
      await vi.waitFor(() => sessions.save(record), 10_000);
      if (hasReplica) await untilPulse(server, table);
      await sessions.load(record.id);
      await proxy.set({ kind: 'hold', direction: 'answers' });
      const served = Array.from({ length: 1 + WAITING }, () =>
        sessions.load(record.id).catch(() => 'the pulse waits too'),
      );
      for (const ask of [() => sessions.load(record.id), () => sessions.save(newRecord())]) {
        expect(await errorOf(ask())).toMatchObject({
          name: 'SessionStoreError',
          outcome: 'not-executed',
          message: 'The session store cannot answer (every connection is in use)',
        });
      }
      await proxy.heal();
      const loaded = (await Promise.all(served)).filter((each) => each !== 'the pulse waits too');
      expect(loaded.length).toBeGreaterThanOrEqual(hasReplica ? WAITING : 1 + WAITING);
      expect(loaded).toEqual(loaded.map(() => ({ ...record, version: 1 })));
      expect(events).toEqual([]);
    },
    20_000,
  );

  it('are no proof that the primary is there: one that has not answered for a second is taken for lost', async () => {
    const proxy = await FaultProxy.start(server.port);
    onTestFinished(() => proxy.stop());
    const sessions = opened({ url: `mysql://root@127.0.0.1:${proxy.port}/sessions`, poolSize: 1, ...PATIENT });
    const events: unknown[] = [];
    sessions.reportTo((event, detail) => events.push([event, detail]));
    const record = newRecord();
    await vi.waitFor(() => sessions.save(record), 10_000);
    await proxy.set({ kind: 'hold', direction: 'answers' });
    const waiting = Array.from({ length: 1 + WAITING }, () => sessions.load(record.id));
    await vi.waitFor(async () => {
      await errorOf(sessions.load(record.id));
      expect(events).toEqual([['placeUnavailable', { place: 'primary', reason: 'every connection is in use' }]]);
    }, 4_000);
    await proxy.heal();
    await Promise.allSettled(waiting);
  }, 20_000);
});

async function untilPulse(server: ThrowawayServer, table: string): Promise<void> {
  const admin = await createConnection(server.url);
  await vi.waitFor(async () => {
    const [rows] = await admin.query<RowDataPacket[]>(`SELECT id FROM ${table} WHERE format = 0 AND created_at > 0`);
    expect(rows).toHaveLength(1);
  }, 10_000);
  await admin.end();
}

describe('a server that lets nobody in', () => {
  let server: ThrowawayServer;
  let admin: Connection;
  let directory: string;
  let certificate: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'certificate-'));
    const [key, pem] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
    makeCertificate(key, pem);
    certificate = readFileSync(pem, 'utf8');
    server = await startMariadb({ args: [`--ssl-key=${key}`, `--ssl-cert=${pem}`] });
    admin = await createConnection(server.url);
  }, 60_000);
  afterAll(async () => {
    await admin.end();
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  it('without TLS is reached with the option ssl, and so is its replica, which proves who they are', async () => {
    await admin.query(`CREATE USER ${SHOP}@'127.0.0.1' REQUIRE SSL`);
    await admin.query(GRANT);
    const url = server.url.replace('root', SHOP);
    const plain = opened({ url, ...PATIENT });
    expect(await errorOf(plain.load(newRecord().id))).toMatchObject({
      message: 'The session store cannot answer (ER_ACCESS_DENIED_ERROR)',
    });
    const trusting = opened({ url, ssl: {}, ...PATIENT });
    expect(await errorOf(trusting.load(newRecord().id))).toMatchObject({
      message: 'The session store cannot answer (HANDSHAKE_SSL_ERROR)',
    });
    const options = { url, replicas: [url], reads: 'replica', ssl: { ca: certificate }, ...PATIENT } as const;
    const encrypted = opened(options);
    const events: unknown[] = [];
    encrypted.reportTo((...event) => events.push(event));
    const record = newRecord();
    expect(await encrypted.save(record)).toMatchObject({ status: 'saved' });
    expect(await encrypted.load(record.id)).toEqual({ ...record, version: 1 });
    expect(events).toEqual([]);
  });

  it('but by a name and a password full of special characters takes them percent-encoded in the URL', async () => {
    const [name, password, database] = ['shop:a/b', "p@ss:/?#[]%41 'ü", 'sessions %41'];
    await admin.query(`CREATE DATABASE \`${database}\``);
    await admin.query("CREATE USER ?@'127.0.0.1' IDENTIFIED BY ?", [name, password]);
    await admin.query(`GRANT ALL ON \`${database}\`.* TO ?@'127.0.0.1'`, [name]);
    const [user, word, place] = [name, password, database].map(encodeURIComponent);
    const sessions = opened({ url: `mysql://${user}:${word}@127.0.0.1:${server.port}/${place}`, ...PATIENT });
    const record = newRecord();
    expect(await sessions.save(record)).toMatchObject({ status: 'saved' });
    const [rows] = await admin.query<RowDataPacket[]>(`SELECT id FROM \`${database}\`.sessions`);
    expect(rows.map((row) => row['id'] as Buffer)).toEqual([keyOf(record.id)]);
  });
});

/** One that a server signs for itself. */
function makeCertificate(key: string, certificate: string): void {
  const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'];
  const words = ['req', ...kind, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate];
  execFileSync('openssl', words, { stdio: 'ignore' });
}
