import { describe, expect, it } from 'vitest';
import {
  SessionConflictError,
  SessionGoneError,
  SessionTooLargeError,
  SessionTooLateError,
} from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import type { SaveResult } from '../contracts/repository.js';
import type { RepositoryListener } from '../contracts/repository-events.js';
import { MemorySessionRepository } from '../memory/index.js';
import { SignedTokenRepository } from '../testing/signed-token.repository.fixture.js';
import { ObservedRepository, engineOver, recorded, storedSession } from './engine.fixture.js';

describe('A commit', () => {
  it('stores nothing and calls nothing for an anonymous visitor who writes nothing', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const session = engineOver(repository).anonymous();
    expect(session.data).toEqual({});
    expect(session.commit(false)).toBeUndefined();
    await session.save();
    await session.touch();
    await session.regenerate();
    await session.logout();
    expect(repository.calls).toEqual([]);
    expect(session.announcement).toBeUndefined();
  });

  it('costs one load and nothing more when nothing changed', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const engine = engineOver(repository);
    const token = await storedSession(engine, { basket: [{ sku: 'a' }] });
    repository.calls.length = 0;
    const session = await engine.open(token);
    expect(session.data).toEqual({ basket: [{ sku: 'a' }] });
    expect(session.commit(false)).toBeUndefined();
    expect(repository.calls).toEqual(['load']);
  });

  it('notices a change at any depth, and a removed key', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const token = await storedSession(engine, { basket: { items: [{ sku: 'a', count: 1 }] }, note: 'x', gone: 1 });
    const session = await engine.open(token);
    const basket = session.data['basket'] as { items: { count: number }[] };
    basket.items[0]!.count = 2;
    delete session.data['note'];
    session.data['gone'] = undefined;
    await session.commit(false);
    expect(session.version).toBe(2);
    expect((await engine.open(token)).data).toEqual({ basket: { items: [{ sku: 'a', count: 2 }] } });
  });

  it('of a session that the client holds is too late once the client cannot be told, and so is a touch', async () => {
    const engine = engineOver(new SignedTokenRepository('at-expiry'));
    const token = await storedSession(engine, { a: 1 });
    const session = await engine.open(token);
    session.closeHead();
    session.data['a'] = 2;
    await expect(session.save()).rejects.toThrow(SessionTooLateError);
    await expect(session.commit(false)).rejects.toThrow(SessionTooLateError);
    await expect(session.update((data) => (data['a'] = 3))).rejects.toThrow(SessionTooLateError);
    await expect(session.touch()).rejects.toThrow(SessionTooLateError);
    expect((await engine.open(token)).data).toEqual({ a: 1 });
  });

  it('leaves alone what a failed handler changed', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const token = await storedSession(engine, { a: 1 });
    const session = await engine.open(token);
    session.data['a'] = 2;
    expect(session.commit(true)).toBeUndefined();
    expect((await engine.open(token)).data).toEqual({ a: 1 });
  });

  it('keeps different keys of two parallel requests at two instances', async () => {
    const store = new MemorySessionRepository();
    const [here, there] = [engineOver(store), engineOver(store)];
    const token = await storedSession(here, { a: 0, b: 0, c: 0 });
    const first = await here.open(token);
    const second = await there.open(token);
    first.data['a'] = 1;
    second.data['b'] = 1;
    delete second.data['c'];
    await first.commit(false);
    await second.commit(false);
    expect((await here.open(token)).data).toEqual({ a: 1, b: 1 });
    expect(second.version).toBe(3);
  });

  it('shows after save() what is stored, in the same object, without undoing what was altered since', async () => {
    const store = new MemorySessionRepository();
    const [here, there] = [engineOver(store), engineOver(store)];
    const token = await storedSession(here, { mine: 0, theirs: 0, later: 0 });
    const mine = await here.open(token);
    const theirs = await there.open(token);
    const reference = mine.data;
    theirs.data['theirs'] = 1;
    theirs.data['later'] = 1;
    await theirs.save();
    mine.data['mine'] = 1;
    const saving = mine.save();
    mine.data['later'] = 2;
    await saving;
    expect(mine.data).toBe(reference);
    expect(mine.data).toEqual({ mine: 1, theirs: 1, later: 2 });
    await mine.commit(false);
    expect((await there.open(token)).data).toEqual({ mine: 1, theirs: 1, later: 2 });
  });

  it('folds what waits inside one process, so that many parallel requests cost two saves', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const engine = engineOver(repository);
    const token = await storedSession(engine, { first: 1 });
    const sessions = await Promise.all(Array.from({ length: 20 }, () => engine.open(token)));
    repository.calls.length = 0;
    sessions.forEach((session, index) => (session.data[`k${index}`] = index));
    await Promise.all(sessions.map((session) => session.save()));
    expect(repository.calls.filter((call) => call === 'save')).toHaveLength(2);
    expect(Object.keys((await engine.open(token)).data)).toHaveLength(21);
  });

  it('fails alone when folded with others that are fine', async () => {
    const engine = engineOver(new MemorySessionRepository(), { maxBytes: 200 });
    const token = await storedSession(engine, { a: 0 });
    const [first, large, last] = [await engine.open(token), await engine.open(token), await engine.open(token)];
    first.data['a'] = 1;
    large.data['b'] = 'x'.repeat(300);
    last.data['c'] = 1;
    const outcomes = await Promise.allSettled([first, large, last].map((session) => session.save()));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(SessionTooLargeError);
    expect((await engine.open(token)).data).toEqual({ a: 1, c: 1 });
  });

  it('that the repository finds too large fails alone, too', async () => {
    class Narrow extends MemorySessionRepository {
      override save(record: SessionRecord): Promise<SaveResult> {
        if (record.payload.length > 100) throw new SessionTooLargeError(record.payload.length, 100);
        return super.save(record);
      }
    }
    const engine = engineOver(new Narrow());
    const token = await storedSession(engine, { a: 0 });
    const sessions = await Promise.all(Array.from({ length: 4 }, () => engine.open(token)));
    const values = [1, 'x'.repeat(200), 3, 4];
    sessions.forEach((session, nth) => (session.data[`k${nth}`] = values[nth]));
    const outcomes = await Promise.allSettled(sessions.map((session) => session.save()));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(SessionTooLargeError);
    expect((await engine.open(token)).data).toEqual({ a: 0, k0: 1, k2: 3, k3: 4 });
  });

  it('that failed is not tried again with the others when they meet a conflict', async () => {
    const store = new MemorySessionRepository();
    const repository = new ObservedRepository(store);
    const engine = engineOver(repository);
    const token = await storedSession(engine, { n: 0 });
    const [first, failing, fine] = [await engine.open(token), await engine.open(token), await engine.open(token)];
    let saves = 0;
    repository.before = async (method) => {
      // The first save is under way alone; both that wait are folded into the second, and that one meets a rival.
      if (method === 'save' && ++saves === 2)
        await (await engineOver(store).open(token)).update((data) => (data['rival'] = 1));
    };
    let calls = 0;
    first.data['first'] = 1;
    fine.data['fine'] = 1;
    const outcomes = await Promise.allSettled([
      first.save(),
      failing.update((data) => {
        if (++calls === 1) throw new RangeError('once');
        data['failing'] = 1;
      }),
      fine.save(),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await engine.open(token)).data).toEqual({ n: 0, first: 1, rival: 1, fine: 1 });
  });

  it('counts parallel updates over three instances exactly', async () => {
    const store = new MemorySessionRepository();
    const engines = [engineOver(store), engineOver(store), engineOver(store)];
    const token = await storedSession(engines[0]!, { n: 0 });
    const conflicts = engines.map((engine) => recorded(engine, 'saveConflict'));
    const increments = Array.from({ length: 150 }, async (_, index) => {
      const session = await engines[index % 3]!.open(token);
      return session.update((data) => (data['n'] = (data['n'] as number) + 1));
    });
    const values = await Promise.all(increments);
    expect(new Set(values).size).toBe(150);
    expect((await engines[0]!.open(token)).data).toEqual({ n: 150 });
    expect(conflicts.flat().length).toBeGreaterThan(0);
  });

  it("lets update() see and store this request's own changes, and returns what was stored", async () => {
    const engine = engineOver(new MemorySessionRepository());
    const token = await storedSession(engine, { n: 1 });
    const session = await engine.open(token);
    session.data['n'] = 5;
    expect(await session.update((data) => (data['n'] as number) * 10)).toBe(50);
    expect(await session.update((data) => (data['m'] = (data['n'] as number) + 1))).toBe(6);
    expect(session.data).toEqual({ n: 5, m: 6 });
    expect((await engine.open(token)).data).toEqual({ n: 5, m: 6 });
  });

  it("passes on what update()'s function throws, stores nothing of it, and refuses an asynchronous one", async () => {
    const engine = engineOver(new MemorySessionRepository());
    const token = await storedSession(engine, { n: 1 });
    const session = await engine.open(token);
    const failing = session.update((data) => {
      data['n'] = 99;
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow(RangeError);
    await expect(session.update(async () => 1)).rejects.toThrow(TypeError);
    expect((await engine.open(token)).data).toEqual({ n: 1 });
  });

  it('by update() that changes nothing is an answer about what is stored now, not about what was loaded', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const token = await storedSession(engine, { flag: false });
    const [first, second] = [await engine.open(token), await engine.open(token)];
    await second.update((data) => (data['flag'] = true));
    await first.update((data) => (data['flag'] = false));
    expect((await engine.open(token)).data).toEqual({ flag: false });
    await second.logout();
    await expect(first.update(() => 1)).rejects.toThrow(SessionGoneError);
  });

  it('is a conflict when others win again and again', async () => {
    const store = new MemorySessionRepository();
    const repository = new ObservedRepository(store);
    const token = await storedSession(engineOver(store), { n: 0 });
    const rival = engineOver(store);
    repository.before = async (method) => {
      if (method === 'save') await (await rival.open(token)).update((data) => (data['n'] = (data['n'] as number) + 1));
    };
    const session = await engineOver(repository, { timeout: { command: 500, request: 20_000 } }).open(token);
    session.data['mine'] = 1;
    await expect(session.commit(false)).rejects.toThrow(SessionConflictError);
    expect((await rival.open(token)).data).toEqual({ n: 12 });
  });

  it.each([
    ['ann', 401],
    [undefined, 409],
  ])('of a session that ended meanwhile brings nothing back (principal %s: %i)', async (principal, statusCode) => {
    const engine = engineOver(new MemorySessionRepository());
    const token = await storedSession(engine, { n: 0 }, principal);
    const slow = await engine.open(token);
    slow.data['n'] = 1;
    await (await engine.open(token)).logout();
    await expect(slow.commit(false)).rejects.toMatchObject({ name: 'SessionGoneError', statusCode });
    await expect(slow.touch()).rejects.toThrow(SessionGoneError);
    await expect(slow.regenerate()).rejects.toThrow(SessionGoneError);
    await expect(slow.reload()).rejects.toThrow(SessionGoneError);
    expect((await engine.open(token)).isNew).toBe(true);
  });

  it('after destroy() refuses further changes, after logout() stores them as a new session', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const destroyed = await engine.open(await storedSession(engine, { n: 0 }));
    await destroyed.destroy();
    expect(destroyed.announcement).toEqual({ cleared: true });
    destroyed.data['n'] = 1;
    await expect(destroyed.commit(false)).rejects.toThrow(SessionGoneError);

    const token = await storedSession(engine, { n: 0 }, 'ann');
    const left = await engine.open(token);
    await left.logout();
    expect([left.isNew, left.principal, left.data]).toEqual([true, undefined, {}]);
    left.data['notice'] = 'logged out';
    await left.commit(false);
    expect(left.token).not.toBe(token);
    expect((await engine.open(left.token!)).data).toEqual({ notice: 'logged out' });
  });
});

describe('What changes after a save', () => {
  it('is noticed too, through references from before it, until nothing differs any more', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const engine = engineOver(repository);
    const token = await storedSession(engine, { basket: ['a'], n: 1, gone: true });
    const session = await engine.open(token);
    const basket = session.data['basket'] as string[];
    basket.push('b');
    delete session.data['gone'];
    await session.save();
    expect(session.commit(false)).toBeUndefined();
    basket.push('c');
    session.data['gone'] = 'back';
    await session.commit(false);
    basket.pop();
    basket.push('c');
    expect(session.commit(false)).toBeUndefined();
    expect((await engine.open(token)).data).toEqual({ basket: ['a', 'b', 'c'], n: 1, gone: 'back' });
  });

  it('is noticed however many values a handler looks at', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const data = Object.fromEntries(Array.from({ length: 100 }, (_, nth) => [`k${nth}`, [nth]]));
    const session = await engine.open(await storedSession(engine, data));
    for (const key in data) (session.data[key] as number[])[0]! += 1;
    await session.commit(false);
    expect((await engine.open(session.token!)).data['k99']).toEqual([100]);
    expect((await engine.open(session.token!)).data['k0']).toEqual([1]);
  });
});

describe('A session that was read from a copy because the authority does not answer', () => {
  it('says so until it is stored again, and is not touched by the way', async () => {
    const store = new MemorySessionRepository();
    const repository = new ObservedRepository(store);
    const token = await storedSession(engineOver(store), { a: 1 });
    const load = repository.load.bind(repository);
    repository.load = async (...args) => Object.assign((await load(...args))!, { stale: true });
    const session = await engineOver(repository, { touchAfter: 0 }).open(token);
    expect([session.stale, session.commit(false)]).toEqual([true, undefined]);
    expect(repository.calls).toEqual(['load']);
    session.data['b'] = 2;
    await session.commit(false);
    expect(session.stale).toBe(false);
  });
});

describe('What a repository has to tell operators', () => {
  it('comes out as an event of the sessions', () => {
    let tell: RepositoryListener = () => undefined;
    const repository = Object.assign(new MemorySessionRepository(), {
      reportTo: (listener: RepositoryListener) => (tell = listener),
    });
    const evicted = recorded(engineOver(repository), 'sessionsEvicted');
    tell('sessionsEvicted', { count: 3 });
    expect(evicted).toEqual([{ count: 3 }]);
  });
});
