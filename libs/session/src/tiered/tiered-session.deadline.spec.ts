import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionRecord } from '../contracts/record.js';
import type { SessionRepository } from '../contracts/repository.js';
import { memorySessions } from '../memory/index.js';
import { newRecord, nextWrite } from '../testing/sample-session.js';
import { tieredSessions } from './index.js';
import { WatchedRepository } from './watched.repository.fixture.js';

/** What a write may take in all. */
const WRITE_MS = 450;

describe('A write of two tiers, with a front that does not answer,', () => {
  let front: WatchedRepository;
  let behind: WatchedRepository;
  let sessions: SessionRepository;
  let record: SessionRecord;

  beforeEach(async () => {
    vi.useFakeTimers();
    [front, behind] = [new WatchedRepository(memorySessions()), new WatchedRepository(memorySessions())];
    sessions = tieredSessions({ front, behind });
    const created = newRecord();
    await sessions.save(created);
    record = { ...created, version: 1 };
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const update = async (): Promise<unknown> => (await sessions.save(nextWrite({ token: record.id, record }))).status;
  const touch = async (): Promise<unknown> => (await sessions.touch(record, record.expiresAt + 1_000)).status;
  const destroy = (): Promise<unknown> => sessions.destroy(record.id);

  it.each([
    { name: 'a destroy', write: destroy, answer: 'destroyed', frontHas: 300 },
    { name: 'an update', write: update, answer: 'saved', frontHas: 100 },
    { name: 'a touch', write: touch, answer: 'saved', frontHas: 100 },
  ])('is answered after $frontHas ms when it is $name, and in time when the one behind is slow', async (a) => {
    for (const [behindTakes, all] of [
      [0, a.frontHas],
      [400, WRITE_MS],
      [WRITE_MS + 10, WRITE_MS + 10],
    ] as const) {
      record = { ...newRecord(), version: 1 };
      await behind.save({ ...record, version: 0 });
      behind.writesTakeMs = behindTakes;
      const halt = front.haltNextLoad();
      let answer: unknown;
      void a.write().then((given) => (answer = given));
      await vi.advanceTimersByTimeAsync(all - 1);
      expect(answer).toBeUndefined();
      await vi.advanceTimersByTimeAsync(2);
      expect(answer).toBe(a.answer);
      halt.proceed();
      await vi.advanceTimersByTimeAsync(1_000);
      behind.writesTakeMs = 0;
    }
  });

  it('is told to the front all the same, when that answers again', async () => {
    behind.writesTakeMs = 400;
    const halt = front.haltNextLoad();
    const destroying = sessions.destroy(record.id);
    await vi.advanceTimersByTimeAsync(WRITE_MS);
    expect(await destroying).toBe('destroyed');
    halt.proceed();
    await vi.advanceTimersByTimeAsync(1);
    behind.calls.length = 0;
    expect(await sessions.load(record.id)).toBeNull();
    expect(behind.calls).toEqual([]);
  });
});
