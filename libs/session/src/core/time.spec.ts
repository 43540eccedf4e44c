import { afterEach, describe, expect, it, vi } from 'vitest';
import { SessionGoneError, SessionStoreError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import type { SaveResult } from '../contracts/repository.js';
import { MemorySessionRepository } from '../memory/index.js';
import type { Session } from './session.js';
import { ObservedRepository, engineOver, recorded, storedSession } from './engine.fixture.js';

const MINUTE = 60_000;
const IDLE = { idleTimeout: 5 * MINUTE, touchAfter: MINUTE };

afterEach(() => {
  vi.restoreAllMocks();
});

/** Takes no record that is over, as stores do whose clock is that of the deadlines. */
class Punctual extends MemorySessionRepository {
  override async save(record: SessionRecord): Promise<SaveResult> {
    return record.endsAt <= Date.now() ? { status: 'gone' } : super.save(record);
  }
}

/** The clock of all instances shows so much more from now on. */
function later(ms: number): void {
  const { now } = Date;
  const before = now.bind(Date);
  vi.spyOn(Date, 'now').mockImplementation(() => before() + ms);
}

describe('A request that extends nothing', () => {
  async function polled() {
    const store = new MemorySessionRepository();
    const token = await storedSession(engineOver(store, IDLE), { a: 1 });
    const poll = await engineOver(store, IDLE).open(token);
    poll.onlyLook();
    return { store, token, poll };
  }

  it('leaves a deadline that another one has moved meanwhile where it is', async () => {
    const { store, token, poll } = await polled();
    later(2 * MINUTE);
    await (await engineOver(store, IDLE).open(token)).touch();
    const moved = (await store.load(token))?.expiresAt;
    expect(moved).toBeGreaterThan(poll.expiresAt!);
    poll.data['b'] = 1;
    await poll.commit(false);
    expect(await store.load(token)).toMatchObject({ expiresAt: moved, version: 2 });
  });

  it('does so too when both are saved in one turn, and after a conflict', async () => {
    const { store, token, poll } = await polled();
    const repository = new ObservedRepository(store);
    const rival = engineOver(store, IDLE);
    later(2 * MINUTE);
    repository.before = async (method) => {
      if (method !== 'save' || (await store.load(token))?.version !== 1) return;
      await (await rival.open(token)).update((data) => (data['rival'] = 1));
    };
    const again = await engineOver(repository, IDLE).open(token);
    again.onlyLook();
    again.data['b'] = 1;
    await again.commit(false);
    const stored = await store.load(token);
    expect(stored).toMatchObject({ version: 3 });
    expect((stored as { expiresAt: number }).expiresAt).toBeGreaterThan(poll.expiresAt!);
  });

  it('does not keep another one, whose save it shares, from extending', async () => {
    const { store, token } = await polled();
    const repository = new ObservedRepository(store);
    const engine = engineOver(repository, IDLE);
    const [first, passive, active] = [await engine.open(token), await engine.open(token), await engine.open(token)];
    const before = first.expiresAt!;
    passive.onlyLook();
    for (const [nth, session] of [first, passive, active].entries()) session.data[`k${nth}`] = 1;
    let goOn: (value: unknown) => void = () => undefined;
    const held = new Promise((resolve) => (goOn = resolve));
    repository.before = (method) => (method === 'save' ? held : undefined);
    const commits = [first.commit(false), passive.commit(false)];
    // It has looked, and waits for its turn.
    await expect.poll(() => repository.calls.filter((call) => call === 'load').length).toBe(4);
    await new Promise(setImmediate);
    later(2 * MINUTE);
    commits.push(active.commit(false));
    goOn(undefined);
    await Promise.all(commits.map((commit) => Promise.resolve(commit)));
    expect(repository.calls.filter((call) => call === 'save')).toHaveLength(2);
    expect(((await store.load(token)) as SessionRecord).expiresAt).toBeGreaterThanOrEqual(before + 2 * MINUTE);
  });
});

describe('A configuration that has become stricter', () => {
  it('ends what is too old by it at once', async () => {
    const store = new MemorySessionRepository();
    const token = await storedSession(
      engineOver(store, { absoluteTimeout: 60 * MINUTE, idleTimeout: 30 * MINUTE }),
      { a: 1 },
      'ann',
    );
    later(10 * MINUTE);
    expect((await engineOver(store, { absoluteTimeout: 20 * MINUTE }).open(token)).principal).toBe('ann');
    expect((await engineOver(store, { absoluteTimeout: 9 * MINUTE }).open(token)).isNew).toBe(true);
  });

  it('is no trouble of the store: a session whose time ends before its new id is stored is gone', async () => {
    const engine = engineOver(new Punctual(), { absoluteTimeout: 20 * MINUTE, idleTimeout: 20 * MINUTE });
    const session = await engine.open(await storedSession(engine, { a: 1 }, 'ann'));
    later(21 * MINUTE);
    await expect(session.regenerate()).rejects.toThrow(SessionGoneError);
  });
});

describe('The time for session work', () => {
  const TIMEOUT = { timeout: { command: 100, request: 150 } };
  const slow = (ms: number) => () => new Promise((resolve) => setTimeout(resolve, ms));

  it('is that of a request only while a response waits: then each operation has as much', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const engine = engineOver(repository, TIMEOUT);
    const token = await storedSession(engine, { a: 1 });
    const streaming = await engine.open(token);
    streaming.closeHead();
    repository.before = slow(50);
    const often = async (session: Session): Promise<void> => {
      for (let round = 0; round < 5; round += 1) await session.reload();
    };
    await often(streaming);
    expect(streaming.data).toEqual({ a: 1 });
    await expect(often(await engine.open(token))).rejects.toThrow(SessionStoreError);
  });

  it('is not charged a second time for an answer that comes too late', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const engine = engineOver(repository, { timeout: { command: 100, request: 1_000 } });
    const budget = engine.budget();
    const answer = new Promise((resolve) => setTimeout(resolve, 400));
    await expect(budget.spend(answer, 100, () => new SessionStoreError('late'))).rejects.toThrow('late');
    const { remaining } = budget;
    await answer;
    await new Promise(setImmediate);
    expect(budget.remaining).toBe(remaining);
  });

  it('when it ends in the middle of a call says nothing about the store', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const engine = engineOver(repository, { timeout: { command: 500, request: 60 } });
    const unavailable = recorded(engine, 'storeUnavailable');
    const token = await storedSession(engine, { a: 1 });
    repository.before = slow(200);
    for (let request = 0; request < 6; request += 1) await expect(engine.open(token)).rejects.toThrow('no answer');
    repository.before = () => undefined;
    expect((await engine.open(token)).data).toEqual({ a: 1 });
    expect(unavailable).toEqual([]);
  });

  it('holds for a login that fails, clean-up included', async () => {
    const store = new MemorySessionRepository();
    const repository = new ObservedRepository(store);
    const engine = engineOver(repository, { timeout: { command: 2_000, request: 300 } });
    const session = await engine.open(await storedSession(engine, { a: 1 }));
    let calls = 0;
    let cleanedUp = false;
    repository.before = async (method) => {
      if (method !== 'destroy') return;
      const isCleanUp = ++calls === 2;
      await slow(600)();
      if (isCleanUp) cleanedUp = true;
    };
    await expect(session.login('ann')).rejects.toThrow(SessionStoreError);
    expect(cleanedUp).toBe(false);
    await expect.poll(() => cleanedUp, { timeout: 3_000 }).toBe(true);
  });
});

describe('A touch that nobody waits for', () => {
  it('takes nothing back that was done before it was answered', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const engine = engineOver(repository, { idleTimeout: 120_000, touchAfter: 30_000 });
    const token = await storedSession(engineOver(repository), { a: 1 }, 'ann');
    const session = await engine.open(token);
    let answer: (value: unknown) => void = () => undefined;
    repository.after = (method) => (method === 'touch' ? new Promise((resolve) => (answer = resolve)) : undefined);
    expect(session.commit(false)).toBeUndefined();
    await expect.poll(() => repository.calls.includes('touch')).toBe(true);
    await session.logout();
    answer(undefined);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect([session.isNew, session.principal]).toEqual([true, undefined]);
  });
});
