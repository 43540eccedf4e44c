import { randomBytes, randomUUID } from 'node:crypto';
import { redisSessions, type RedisSessionRepository } from 'nestjs-shared-session/redis';
import type { SessionRecord } from 'nestjs-shared-session';
import { Redis } from 'ioredis';
import { startRedis, type ThrowawayServer } from 'throwaway-servers';
import { afterEach, describe, expect, it, vi } from 'vitest';

const HOUR_MS = 3_600_000;
const WRITERS = 10;
const WRITING_MS = 3_000;

describe('A Redis that is killed and started again', () => {
  let server: ThrowawayServer;
  let sessions: RedisSessionRepository;
  afterEach(async () => {
    await sessions.onApplicationShutdown();
    await server.stop();
  });

  async function start(args: readonly string[]): Promise<void> {
    server = await startRedis({ args });
    sessions = redisSessions(server.url);
    await sessions.onModuleInit();
  }

  /** Creates sessions until a moment; answers when each was acknowledged. */
  async function createUntil(stop: number): Promise<Map<string, number>> {
    const acknowledged = new Map<string, number>();
    const writer = async (): Promise<void> => {
      while (performance.now() < stop) {
        const record = newRecord();
        const result = await sessions.save(record).catch(() => undefined);
        if (result?.status === 'saved') acknowledged.set(record.id, performance.now());
        else await new Promise(setImmediate);
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, writer));
    return acknowledged;
  }

  /** Which of the sessions are not there. */
  async function missing(ids: Iterable<string>): Promise<string[]> {
    await vi.waitFor(() => sessions.load(newSessionId()), { timeout: 10_000, interval: 5 });
    const lost: string[] = [];
    for (const id of ids) if ((await sessions.load(id)) === null) lost.push(id);
    return lost;
  }

  it.each([
    { appendfsync: 'always', mayLoseMs: 0 },
    // A write to the file may wait for the one fsync a second, two seconds at most; a kill leaves what the kernel has.
    { appendfsync: 'everysec', mayLoseMs: 2_000 },
  ])('has every session with an AOF and appendfsync $appendfsync', async ({ appendfsync, mayLoseMs }) => {
    await start(['--appendonly', 'yes', '--appendfsync', appendfsync]);
    const writing = createUntil(performance.now() + WRITING_MS + 500);
    await new Promise((resolve) => setTimeout(resolve, WRITING_MS));
    await server.kill();
    const killed = performance.now();
    const acknowledged = await writing;
    await server.restart();
    const lost = await missing(acknowledged.keys());
    const age = Math.max(0, ...lost.map((id) => killed - (acknowledged.get(id) ?? 0)));
    const perSecond = Math.round((acknowledged.size / WRITING_MS) * 1_000);
    console.info(`appendfsync ${appendfsync}:`, {
      created: acknowledged.size,
      perSecond,
      lost: lost.length,
      lostMs: age,
    });
    expect(acknowledged.size).toBeGreaterThan(100);
    if (mayLoseMs === 0) expect(lost).toEqual([]);
    expect(age).toBeLessThanOrEqual(mayLoseMs);
  });

  it('has with RDB alone what the last snapshot held: newer sessions are lost, and newer logouts undone', async () => {
    await start(['--save', '3600 1 300 100 60 10000']);
    const [kept, ended] = [await created(300), await created(100)];
    await snapshot();
    const newer = await created(200);
    for (const id of ended) expect(await sessions.destroy(id)).toBe('destroyed');
    await server.kill();
    await server.restart();
    const lost = await missing([...kept, ...newer]);
    const undone = ended.length - (await missing(ended)).length;
    console.info('RDB alone, 200 logins and 100 logouts after the snapshot:', { lost: lost.length, undone });
    expect(lost).toEqual(newer);
    expect(undone).toBe(ended.length);
  });

  async function created(count: number): Promise<string[]> {
    const records = Array.from({ length: count }, newRecord);
    for (const record of records) expect((await sessions.save(record)).status).toBe('saved');
    return records.map(({ id }) => id);
  }

  async function snapshot(): Promise<void> {
    const admin = new Redis(server.url);
    await admin.save();
    admin.disconnect();
  }
});

function newSessionId(): string {
  return randomBytes(32).toString('base64url');
}

function newRecord(): SessionRecord {
  const now = Date.now();
  const deadlines = { createdAt: now, expiresAt: now + HOUR_MS, endsAt: now + HOUR_MS };
  return { id: newSessionId(), version: 0, writeId: randomUUID(), ...deadlines, payload: '1[]\n' };
}
