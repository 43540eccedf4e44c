import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ask, installPackage, startMemcached, type ThrowawayServer } from 'throwaway-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RepositoryEventMap } from '../contracts/repository-events.js';
import { errorOf } from '../testing/failing-store.fixture.js';
import { newRecord } from '../testing/sample-session.js';
import { memcachedSessions, type MemcachedSessionRepository } from './index.js';

const USER = 'cashier-7';
const PASSWORD = 'p@ss:wörd/1';
const WRONG = 'wr0ng-p@ssword';
const LIST_MECHANISMS = Buffer.concat([Buffer.from([0x80, 0x20]), Buffer.alloc(22)]);

/** The parts of a request to saslauthd: user, password, service and realm, each behind its length. */
function partsOf(request: Buffer): string[] {
  const parts: string[] = [];
  for (let at = 0; at < request.length;) {
    const end = at + 2 + request.readUInt16BE(at);
    parts.push(request.toString('utf8', at + 2, end));
    at = end;
  }
  return parts;
}

/** Knows one user, and answers libsasl's question after a password as saslauthd does. */
const passwords = createServer((socket) => {
  socket.once('data', (request) => {
    const [user, password] = partsOf(request);
    const verdict = user === USER && password === PASSWORD ? 'OK' : 'NO';
    socket.end(`\0\u0002${verdict}`);
  });
});

/** What libsasl needs to take a password. */
const PLAIN = { binary: 'PLAIN of SASL', aptPackage: 'libsasl2-modules' };

async function offersPlain(): Promise<boolean> {
  const mechanisms = await vi.waitFor(async () => {
    const answer = await ask(server.port, LIST_MECHANISMS);
    if (answer === undefined) throw new Error('memcached does not say how a password is given');
    return answer;
  }, 10_000);
  return mechanisms.includes('PLAIN');
}

/** Why nobody could give a password here, although what is missing was installed where that is possible. */
async function obstacleToPlain(): Promise<string | undefined> {
  if (await offersPlain()) return undefined;
  try {
    await installPackage(PLAIN);
  } catch (error) {
    return String(error);
  }
  await server.restart();
  return (await offersPlain()) ? undefined : 'memcached does not offer it';
}

let obstacle: string | undefined;

/** A real memcached with `-S`, and libsasl asks the server above. */
let server: ThrowawayServer;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sasl-'));
  const socket = join(directory, 'mux');
  const lines = ['mech_list: plain', 'pwcheck_method: saslauthd', `saslauthd_path: ${socket}`];
  await writeFile(join(directory, 'memcached.conf'), lines.join('\n'));
  await once(passwords.listen(socket), 'listening');
  vi.stubEnv('SASL_CONF_PATH', directory);
  server = await startMemcached({ args: ['-S'] });
  obstacle = await obstacleToPlain();
  if (obstacle !== undefined) process.stderr.write(`NOT RUN, what a memcached with passwords does: ${obstacle}\n`);
}, 120_000);
beforeEach(({ skip }) => skip(obstacle !== undefined, obstacle));
afterAll(async () => {
  vi.unstubAllEnvs();
  passwords.close();
  await server?.stop();
  await rm(directory, { recursive: true });
});

describe('a memcached that asks for a user and a password', () => {
  function sessionsAs(user: string, password: string): MemcachedSessionRepository {
    const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
    const sessions = memcachedSessions(`memcached://${credentials}@127.0.0.1:${server.port}`, { timeoutMs: 5_000 });
    onTestFinished(() => sessions.onApplicationShutdown());
    return sessions;
  }

  it('serves whoever gives the right ones, and again after its restart', async () => {
    const sessions = sessionsAs(USER, PASSWORD);
    const record = newRecord();
    expect(await sessions.save(record)).toMatchObject({ status: 'saved' });
    expect(await sessions.load(record.id)).toEqual({ ...record, version: 1 });
    expect(await sessions.destroy(record.id)).toBe('destroyed');

    await server.restart();
    await vi.waitFor(() => sessions.save(newRecord()), { timeout: 5_000 });
  });

  it.each([
    ['a wrong password', USER, WRONG],
    ['an unknown user', 'mallory', PASSWORD],
  ])('answers %s with an error that says what is wrong, and shows neither', async (_what, user, password) => {
    const sessions = sessionsAs(user, password);
    const events: unknown[] = [];
    sessions.reportTo((event, detail) => {
      if (event === 'placeUnavailable') events.push((detail as RepositoryEventMap['placeUnavailable']).reason);
    });
    await sessions.onModuleInit();
    const works = [() => sessions.save(newRecord()), () => sessions.load(newRecord().id), () => sessions.probe()];
    for (const work of works) {
      const error = await errorOf(work());
      expect(error).toMatchObject({
        name: 'SessionStoreError',
        outcome: 'not-executed',
        message: 'The session store cannot answer (authentication failed)',
      });
      const everything = inspect(error, { depth: Infinity, showHidden: true });
      for (const secret of [user, password, encodeURIComponent(password)]) expect(everything).not.toContain(secret);
    }
    expect(events).toEqual(['authentication failed']);
  });

  it('answers nobody who gives none', async () => {
    const sessions = memcachedSessions(server.url, { timeoutMs: 5_000 });
    onTestFinished(() => sessions.onApplicationShutdown());
    expect(await errorOf(sessions.save(newRecord()))).toMatchObject({
      name: 'SessionStoreError',
      message: expect.stringContaining('authentication failed') as string,
    });
  });
});
