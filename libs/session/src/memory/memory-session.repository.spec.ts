import { describe, expect, it } from 'vitest';
import { SessionConfigError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import { newSessionId, newWriteId } from '../contracts/session-id.js';
import { sessionRepositoryCompliance } from '../testing/index.js';
import { newRecord } from '../testing/sample-session.js';
import { clockPasses } from '../testing/waiting.js';
import { type MemorySessionRepository, memorySessions, type MemorySessionsOptions } from './index.js';

async function create(sessions: MemorySessionRepository, expiresAt = Date.now() + 60_000): Promise<SessionRecord> {
  const record = newRecord({ expiresAt });
  await sessions.save(record);
  return { ...record, version: 1 };
}

sessionRepositoryCompliance({ describe, it }, 'Memory', () => {
  const onlyServer = memorySessions();
  return { a: onlyServer, b: onlyServer };
});

describe('Sessions in memory', () => {
  it('evict the least recently used session when there are too many', async () => {
    const sessions = memorySessions({ maxSessions: 3 });
    const [loaded, forgotten, touched] = [await create(sessions), await create(sessions), await create(sessions)];
    await sessions.load(loaded.id);
    await sessions.touch(touched, touched.expiresAt);
    const added = await create(sessions);
    expect(await sessions.load(forgotten.id)).toBeNull();
    for (const kept of [loaded, touched, added]) expect(await sessions.load(kept.id)).toEqual(kept);
  });

  it('do not evict anything for an update, or for ids that are not there', async () => {
    const sessions = memorySessions({ maxSessions: 2 });
    const [first, second] = [await create(sessions), await create(sessions)];
    await sessions.save({ ...second, writeId: newWriteId() });
    for (let n = 0; n < 10; n++) {
      await sessions.load(newSessionId());
      await sessions.destroy(newSessionId());
      await sessions.save({ ...first, id: newSessionId() });
      await sessions.touch({ ...first, id: newSessionId() }, first.expiresAt);
    }
    expect(await sessions.load(first.id)).toEqual(first);
    expect(await sessions.load(second.id)).toMatchObject({ version: 2 });
  });

  it('answer gone to a save and a touch of what was evicted', async () => {
    const sessions = memorySessions({ maxSessions: 1 });
    const evicted = await create(sessions);
    await create(sessions);
    expect(await sessions.save({ ...evicted, writeId: newWriteId() })).toEqual({ status: 'gone' });
    expect(await sessions.touch(evicted, evicted.expiresAt)).toEqual({ status: 'gone' });
  });

  it('make room where one that has expired was asked for', async () => {
    const sessions = memorySessions({ maxSessions: 2 });
    const expired = await create(sessions, Date.now() + 20);
    const kept = await create(sessions);
    await clockPasses(expired.expiresAt);
    expect(await sessions.load(expired.id)).toBeNull();
    await create(sessions);
    expect(await sessions.load(kept.id)).toEqual(kept);
  });

  it('are ten thousand at most unless told otherwise', async () => {
    const sessions = memorySessions();
    const first = await create(sessions);
    const second = await create(sessions);
    for (let n = 2; n < 10_000; n++) await create(sessions);
    expect(await sessions.load(first.id)).toEqual(first);
    await create(sessions);
    expect(await sessions.load(first.id)).toEqual(first);
    expect(await sessions.load(second.id)).toBeNull();
  });

  it('do not meet those of another repository in the same process', async () => {
    const record = await create(memorySessions());
    expect(await memorySessions().load(record.id)).toBeNull();
  });

  it.each([0, -1, 1.5, NaN, Infinity, 1_000_001, '10', null])(
    'refuse %j as the largest number of them',
    (maxSessions) => {
      const options: MemorySessionsOptions = JSON.parse('{}');
      expect(() => memorySessions(Object.assign(options, { maxSessions }))).toThrow(SessionConfigError);
    },
  );

  it('say what is wrong with an option and what is allowed', () => {
    expect(() => memorySessions({ maxSessions: 0 })).toThrow(
      'memorySessions: maxSessions is 0, allowed is an integer from 1 to 1000000',
    );
  });
});
