import { describe, expect, it } from 'vitest';
import { SessionGoneError, SessionStoreError, SessionTooLateError, SessionValueError } from '../contracts/errors.js';
import { MemorySessionRepository } from '../memory/index.js';
import { ObservedRepository, engineOver, storedSession } from './engine.fixture.js';

describe('A login', () => {
  it("gives a new id, keeps the visitor's data, and the old id is dead when it resolves", async () => {
    const engine = engineOver(new MemorySessionRepository());
    const token = await storedSession(engine, { basket: ['a'] });
    const session = await engine.open(token);
    const handle = session.handle;
    session.data['note'] = 'unsaved';
    await session.login('ann');
    expect((await engine.open(token)).isNew).toBe(true);
    const again = await engine.open(session.token!);
    expect([again.principal, again.data]).toEqual(['ann', { basket: ['a'], note: 'unsaved' }]);
    expect(again.handle).not.toBe(handle);
    expect(session.announcement).toMatchObject({ token: session.token });
  });

  it("starts empty when told so, and always over another principal's session", async () => {
    const engine = engineOver(new MemorySessionRepository());
    const anonymous = await engine.open(await storedSession(engine, { basket: ['a'] }));
    await anonymous.login('ann', { keep: false });
    expect(anonymous.data).toEqual({});
    anonymous.data['secret'] = 1;
    await anonymous.login('bob');
    expect((await engine.open(anonymous.token!)).data).toEqual({});
    anonymous.data['mine'] = 1;
    await anonymous.login('bob');
    expect((await engine.open(anonymous.token!)).data).toEqual({ mine: 1 });
  });

  it('alone restarts the absolute timeout; a new id keeps the times of the session', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const session = await engine.open(await storedSession(engine, { n: 1 }, 'ann'));
    const { createdAt, authenticatedAt } = session;
    while (Date.now() === authenticatedAt) await new Promise(setImmediate);
    await session.regenerate();
    expect([session.createdAt, session.authenticatedAt, session.principal]).toEqual([
      createdAt,
      authenticatedAt,
      'ann',
    ]);
    await session.login('ann');
    expect(session.createdAt).toBe(createdAt);
    expect(session.authenticatedAt).toBeGreaterThan(authenticatedAt!);
  });

  it('loses no change that was acknowledged while it ran', async () => {
    const store = new MemorySessionRepository();
    const repository = new ObservedRepository(store);
    const token = await storedSession(engineOver(store), { n: 0 });
    const session = await engineOver(repository).open(token);
    const rival = engineOver(store);
    let rounds = 0;
    repository.before = async (method) => {
      if (method === 'destroy' && rounds++ < 3) await (await rival.open(token)).update((data) => (data['n'] = rounds));
    };
    session.data['mine'] = 1;
    await session.login('ann');
    expect((await rival.open(session.token!)).data).toEqual({ n: 3, mine: 1 });
    expect((await rival.open(token)).isNew).toBe(true);
  });

  it('that meets a logout fails, and leaves no session behind', async () => {
    const store = new MemorySessionRepository();
    const repository = new ObservedRepository(store);
    const token = await storedSession(engineOver(store), { n: 0 }, 'ann');
    const session = await engineOver(repository).open(token);
    let created: string | undefined;
    const save = repository.save.bind(repository);
    repository.save = (record) => {
      created = record.id;
      return save(record);
    };
    repository.before = async (method) => {
      if (method === 'destroy' && created !== undefined) await store.destroy(token);
    };
    await expect(session.login('ann')).rejects.toMatchObject({ statusCode: 401 });
    expect(await store.load(created!)).toBeNull();
    expect(await store.load(token)).toBeNull();
  });

  it('fails when the old session cannot be destroyed, and the new one is removed', async () => {
    const store = new MemorySessionRepository();
    const repository = new ObservedRepository(store);
    const token = await storedSession(engineOver(store), { n: 0 });
    const session = await engineOver(repository).open(token);
    const ids: string[] = [];
    const save = repository.save.bind(repository);
    repository.save = (record) => {
      ids.push(record.id);
      return save(record);
    };
    let refusals = 1;
    repository.before = (method) => {
      if (method === 'destroy' && refusals-- > 0) throw new SessionStoreError('down');
    };
    await expect(session.login('ann')).rejects.toThrow(SessionStoreError);
    expect(await store.load(ids[0]!)).toBeNull();
    expect(session.principal).toBeUndefined();
    expect(await store.load(token)).not.toBeNull();
  });

  it('needs a principal that is a text of reasonable length', async () => {
    const session = engineOver(new MemorySessionRepository()).anonymous();
    for (const principal of ['', 'x'.repeat(256), 7 as unknown as string, undefined as unknown as string]) {
      await expect(session.login(principal)).rejects.toThrow(SessionValueError);
    }
  });

  it('comes too late once the head is sent, as does any new id, but a logout does not', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const token = await storedSession(engine, { n: 0 });
    const session = await engine.open(token);
    session.closeHead();
    await expect(session.login('ann')).rejects.toThrow(SessionTooLateError);
    await expect(session.regenerate()).rejects.toThrow(SessionTooLateError);
    await session.logout();
    expect((await engine.open(token)).isNew).toBe(true);
    session.data['n'] = 1;
    await expect(session.commit(false)).rejects.toThrow(SessionTooLateError);
  });

  it('runs after what the handler began before and did not await', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const session = await engine.open(await storedSession(engine, { n: 0 }));
    session.data['n'] = 1;
    const saved = session.save();
    const loggedIn = session.login('ann');
    await session.commit(false);
    expect(session.announcement?.token).toBe(session.token);
    expect(session.principal).toBe('ann');
    await Promise.all([saved, loggedIn]);
    expect((await engine.open(session.token!)).data).toEqual({ n: 1 });
  });
});

describe('A session that ended', () => {
  it('is not brought back by a login that was under way', async () => {
    const store = new MemorySessionRepository();
    const engine = engineOver(store);
    const token = await storedSession(engine, { n: 0 }, 'ann');
    const slow = await engine.open(token);
    await (await engine.open(token)).logout();
    await expect(slow.login('ann')).rejects.toThrow(SessionGoneError);
  });
});

describe('A new session whose id is not to be used', () => {
  it('is stored under another one, and only that is told', async () => {
    const store = new MemorySessionRepository();
    const repository = new ObservedRepository(store);
    const ids = new Set<string>();
    const save = repository.save.bind(repository);
    repository.save = async (record) => (ids.add(record.id).size < 4 ? { status: 'conflict' } : save(record));
    const session = engineOver(repository).anonymous();
    session.data['a'] = 1;
    await session.commit(false);
    expect(ids.size).toBe(4);
    expect(session.token).toBe([...ids].at(-1));
    expect((await engineOver(store).open(session.token!)).data).toEqual({ a: 1 });
    await session.login('ann');
    expect((await engineOver(store).open(session.token!)).data).toEqual({ a: 1 });
  });

  it('is a store that takes none when every id is refused', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    repository.save = async () => ({ status: 'conflict' });
    const session = engineOver(repository).anonymous();
    session.data['a'] = 1;
    await expect(session.commit(false)).rejects.toThrow(new SessionStoreError('it takes no new session'));
    expect(session.announcement).toBeUndefined();
  });

  it('is sought without keeping others from their turn, however soon ids are refused', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    repository.save = async () => ({ status: 'conflict' });
    const session = engineOver(repository).anonymous();
    session.data['a'] = 1;
    let turns = 0;
    let next: NodeJS.Immediate;
    const other = (): void => {
      turns += 1;
      next = setImmediate(other);
    };
    other();
    await expect(session.commit(false)).rejects.toThrow(SessionStoreError);
    clearImmediate(next!);
    expect(turns).toBeGreaterThan(10);
  });

  it('is sought no longer than the request has time, by a store that needs some for every refusal', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    let refusals = 0;
    repository.save = async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      refusals += 1;
      return { status: 'conflict' };
    };
    const session = engineOver(repository, { timeout: { command: 200, request: 200 } }).anonymous();
    session.data['a'] = 1;
    await expect(session.commit(false)).rejects.toThrow(SessionStoreError);
    // 20 by the clock; a timer may be a millisecond early.
    expect(refusals).toBeLessThan(30);
  });
});
