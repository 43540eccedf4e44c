import { describe, expect, it } from 'vitest';
import { SessionStoreError } from '../contracts/errors.js';
import { MemorySessionRepository } from '../memory/index.js';
import { ObservedRepository, engineOver, recorded, storedSession } from './engine.fixture.js';

const NEVER = new Promise<never>(() => undefined);
const QUICK = { timeout: { command: 30, request: 60 } };

describe('A store that does not answer', () => {
  it('costs a read no more than the deadline of a command', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const engine = engineOver(repository, QUICK);
    const token = await storedSession(engine, { a: 1 });
    repository.before = () => NEVER;
    await expect(engine.open(token)).rejects.toMatchObject({ statusCode: 503, outcome: 'not-executed' });
  });

  it('leaves the outcome of a write unknown, and says so', async () => {
    const store = new MemorySessionRepository();
    const repository = new ObservedRepository(store);
    const engine = engineOver(repository, QUICK);
    const token = await storedSession(engine, { a: 1 });
    const session = await engine.open(token);
    repository.after = () => NEVER;
    session.data['a'] = 2;
    await expect(session.commit(false)).rejects.toMatchObject({
      outcome: 'unknown',
      message: expect.stringContaining('unknown') as string,
    });
    expect(session.announcement).toBeUndefined();
    expect((await store.load(token))?.version).toBe(2);
  });

  it('withdraws a change that still waits for its turn when its request is out of time', async () => {
    const store = new MemorySessionRepository();
    const repository = new ObservedRepository(store);
    const engine = engineOver(repository, { timeout: { command: 200, request: 200 } });
    const token = await storedSession(engine, { a: 0 });
    const first = await engine.open(token);
    // The second request has spent half of its time before it comes to store.
    repository.before = () => new Promise((resolve) => setTimeout(resolve, 100));
    const second = await engine.open(token);
    let answer: (value: unknown) => void = () => undefined;
    repository.before = () => new Promise((resolve) => (answer = resolve));
    first.data['a'] = 1;
    second.data['b'] = 1;
    const outcomes = await Promise.allSettled([first.commit(false), second.commit(false)]);
    expect(outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason as SessionStoreError)).toMatchObject([
      { outcome: 'unknown' },
      { outcome: 'not-executed' },
    ]);
    repository.before = () => undefined;
    answer(undefined);
    await expect.poll(async () => (await store.load(token))?.version).toBe(2);
    expect((await engine.open(token)).data).toEqual({ a: 1 });
  });

  it('refuses at once after several calls in a row without an answer, and is asked again until it is back', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const engine = engineOver(repository, QUICK);
    const unavailable = recorded(engine, 'storeUnavailable');
    const available = recorded(engine, 'storeAvailable');
    const token = await storedSession(engine, { a: 1 });
    repository.before = () => NEVER;
    repository.calls.length = 0;
    for (let request = 0; request < 30; request += 1)
      await expect(engine.open(token)).rejects.toThrow(SessionStoreError);
    expect(repository.calls.length).toBeLessThan(10);
    expect(unavailable).toHaveLength(1);
    repository.before = () => undefined;
    await expect.poll(() => engine.open(token).then((session) => session.data['a']), { timeout: 2_000 }).toBe(1);
    await expect.poll(async () => (await engine.open(token), available.length), { timeout: 3_000 }).toBe(1);
  });

  it('never lets a late answer reach anybody', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const engine = engineOver(repository, QUICK);
    const [ann, bob] = [await storedSession(engine, { who: 'ann' }), await storedSession(engine, { who: 'bob' })];
    const waiting: ((value: unknown) => void)[] = [];
    repository.before = () => new Promise((resolve) => waiting.push(resolve));
    await expect(engine.open(ann)).rejects.toThrow(SessionStoreError);
    repository.before = () => undefined;
    const opening = engine.open(bob);
    waiting.forEach((resolve) => resolve(undefined));
    expect((await opening).data).toEqual({ who: 'bob' });
  });

  it('throws nothing of its own: what a client throws may hold the session', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const engine = engineOver(repository);
    const token = await storedSession(engine, { a: 1 });
    repository.before = () => {
      throw Object.assign(new Error(`command GET ${token} failed`), { args: [token] });
    };
    const error = await engine.open(token).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SessionStoreError);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(token);
  });
});

describe('The timeouts', () => {
  it('touch once enough of the idle timeout is spent, and not before, without making the response wait', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const token = await storedSession(engineOver(repository), { a: 1 });
    repository.calls.length = 0;
    const fresh = await engineOver(repository).open(token);
    expect(fresh.commit(false)).toBeUndefined();
    expect(repository.calls).toEqual(['load']);

    const due = await engineOver(repository, { idleTimeout: 120_000, touchAfter: 30_000 }).open(token);
    const before = due.expiresAt!;
    expect(due.commit(false)).toBeUndefined();
    await expect.poll(() => due.expiresAt).toBeGreaterThan(before);
    expect(repository.calls).toEqual(['load', 'load', 'touch']);
  });

  it('let a touch wait for the response where the client must hear of it', async () => {
    const store = new MemorySessionRepository();
    const token = await storedSession(engineOver(store), { a: 1 });
    const session = await engineOver(store, { idleTimeout: 120_000, touchAfter: 30_000, announceTouch: true }).open(
      token,
    );
    await session.commit(false);
    expect(session.announcement).toEqual({ expiresAt: session.expiresAt });
  });

  it('are not extended by a request that only looks, nor past the absolute one', async () => {
    const store = new MemorySessionRepository();
    const token = await storedSession(engineOver(store), { a: 1 });
    const later = engineOver(store, { idleTimeout: 120_000, touchAfter: 30_000 });
    const looking = await later.open(token);
    looking.onlyLook();
    const before = looking.expiresAt;
    expect(looking.commit(false)).toBeUndefined();
    looking.data['a'] = 2;
    await looking.commit(false);
    expect((await store.load(token))?.expiresAt).toBe(before);

    const bounded = await engineOver(store, { idleTimeout: 500_000, absoluteTimeout: 200_000 }).open(token);
    await bounded.touch();
    expect(bounded.expiresAt).toBe(bounded.createdAt! + 200_000);
  });

  it('count a failed automatic touch for nothing', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const token = await storedSession(engineOver(repository), { a: 1 });
    const session = await engineOver(repository, {
      idleTimeout: 120_000,
      touchAfter: 30_000,
      announceTouch: true,
    }).open(token);
    repository.before = () => {
      throw new SessionStoreError('down');
    };
    await session.commit(false);
    expect(session.announcement).toBeUndefined();
  });
});
