import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SessionStoreError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import { newWriteId } from '../contracts/session-id.js';
import { MemorySessionRepository } from '../memory/index.js';
import { ObservedRepository, engineOver, recorded, storedSession } from './engine.fixture.js';
import type { SessionData } from './session.js';

interface Shop {
  user: { name: string };
  basket: string[];
  count: number;
}

const SHOP: Shop = { user: { name: 'Ann' }, basket: ['a'], count: 1 };

const LOOKS: [string, (data: Shop & SessionData) => unknown][] = [
  ['a value inside', (data) => data.user.name],
  ['a plain value', (data) => data.count],
  ['a missing key', (data) => data['missing']],
  ['whether a key is there', (data) => ['user' in data, Object.hasOwn(data, 'user')]],
  ['all keys', (data) => Object.keys(data)],
  ['everything', (data) => JSON.stringify({ ...data })],
  ['its prototype', (data) => [Object.getPrototypeOf(data), data instanceof Object]],
  ['printed', (data) => inspect(data)],
  ['given a descriptor without a value', (data) => Object.defineProperty(data, 'count', { enumerable: true })],
  ['and set to what it is', (data) => ((data.count = 1), (data.basket = ['a']))],
];

const CHANGES: [string, (data: Shop & SessionData) => unknown, object][] = [
  ['inside an object that was taken out', (data) => (data.user.name = 'Bob'), { user: { name: 'Bob' } }],
  ['inside one of its values', (data) => (Object.values(data)[1] as string[]).push('b'), { basket: ['a', 'b'] }],
  [
    'inside one of its entries',
    (data) => ((Object.entries(data)[0]![1] as { name: string }).name = 'Bob'),
    { user: { name: 'Bob' } },
  ],
  [
    'through a descriptor',
    (data) => (Object.getOwnPropertyDescriptor(data, 'basket')!.value as string[]).pop(),
    { basket: [] },
  ],
  ['through a shallow copy', (data) => ({ ...data }).basket.push('b'), { basket: ['a', 'b'] }],
  ['with defineProperty', (data) => Object.defineProperty(data, 'count', { value: 2, enumerable: true }), { count: 2 }],
  [
    'with defineProperty under a new key',
    (data) => Object.defineProperty(data, 'new', { value: 2, enumerable: true }),
    { new: 2 },
  ],
  ['with Object.assign', (data) => Object.assign(data, { count: 3, more: 4 }), { count: 3, more: 4 }],
  ['by deleting what nobody looked at', (data) => delete (data as Partial<Shop>).count, { count: undefined }],
  ['by deleting what was taken out', (data) => data.user && delete (data as Partial<Shop>).user, { user: undefined }],
  ['to undefined', (data) => (data['count'] = undefined as unknown as number), { count: undefined }],
  ['and a value comes and goes', (data) => ((data.count = 9), (data['new'] = 1), delete data['new']), { count: 9 }],
];

describe('The data that a handler holds', () => {
  it.each(LOOKS)('is not written when only looked at: %s', async (_, look) => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const engine = engineOver(repository);
    const session = await engine.open(await storedSession(engine, SHOP));
    repository.calls.length = 0;
    look(session.data as Shop & SessionData);
    expect(session.commit(false)).toBeUndefined();
    expect(repository.calls).toEqual([]);
  });

  it.each(CHANGES)('is written when it was changed %s', async (_, change, expected) => {
    const engine = engineOver(new MemorySessionRepository());
    const token = await storedSession(engine, SHOP);
    const session = await engine.open(token);
    change(session.data as Shop & SessionData);
    await session.commit(false);
    expect(session.version).toBe(2);
    expect((await engine.open(token)).data).toEqual({ ...SHOP, ...expected });
  });

  it('is still watched after a save, through references that were taken before', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const token = await storedSession(engine, SHOP);
    const session = await engine.open(token);
    const { basket } = session.data as Shop & SessionData;
    session.data['count'] = 2;
    await session.save();
    basket.push('b');
    await session.save();
    expect((await engine.open(token)).data).toEqual({ ...SHOP, count: 2, basket: ['a', 'b'] });
    basket.pop();
    await session.commit(false);
    expect((await engine.open(token)).data).toEqual({ ...SHOP, count: 2 });
  });

  it('is written back as it was when a change that was saved is undone', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const token = await storedSession(engine, SHOP);
    const session = await engine.open(token);
    const { basket } = session.data as Shop & SessionData;
    basket.push('b');
    await session.save();
    basket.pop();
    await session.commit(false);
    expect((await engine.open(token)).data).toEqual(SHOP);
  });

  it('reports a value that cannot be stored even where JSON would just leave it out', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const session = await engine.open(await storedSession(engine, SHOP));
    (session.data as unknown as { user: { greet: () => void } }).user.greet = () => undefined;
    await expect(session.commit(false)).rejects.toMatchObject({ name: 'SessionValueError', key: 'user' });
  });

  it('has its keys in the order in which they were stored, whatever was looked at first', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const { data } = await engine.open(await storedSession(engine, SHOP));
    void (data as Shop & SessionData).count;
    data['more'] = 1;
    delete data['basket'];
    expect(Object.keys(data)).toEqual(['user', 'count', 'more']);
    expect(Reflect.ownKeys(data)).toEqual(['user', 'count', 'more']);
    expect(Object.getPrototypeOf(data)).toBeNull();
    expect(['basket' in data, 'user' in data, data['basket']]).toEqual([false, true, undefined]);
    expect(JSON.stringify(data)).toBe('{"user":{"name":"Ann"},"count":1,"more":1}');
  });

  it('is printed as a whole, with what nobody has looked at', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const { data } = await engine.open(await storedSession(engine, SHOP));
    const printed = "{ user: { name: 'Ann' }, basket: [ 'a' ], count: 1 }";
    expect(inspect(data, { breakLength: 200 })).toBe(`[Object: null prototype] ${printed}`);
    expect(inspect({ session: { data } }, { depth: 4, breakLength: 200 })).toContain(printed);
  });

  it('cannot be frozen, and says why', async () => {
    const session = engineOver(new MemorySessionRepository()).anonymous();
    expect(() => Object.freeze(session.data)).toThrow('session.data cannot be frozen: it takes over what others store');
    session.data['a'] = 1;
    expect(session.data).toEqual({ a: 1 });
  });

  it('keeps a symbol for itself: it is never stored, and nothing is stored for it', async () => {
    const repository = new ObservedRepository(new MemorySessionRepository());
    const engine = engineOver(repository);
    const session = await engine.open(await storedSession(engine, SHOP));
    const mark = Symbol('mark');
    (session.data as Record<symbol, unknown>)[mark] = 1;
    expect([(session.data as Record<symbol, unknown>)[mark], mark in session.data]).toEqual([1, true]);
    expect(session.commit(false)).toBeUndefined();
  });
});

describe('What nobody looks at', () => {
  /** A session whose `user` cannot be parsed, as a bit that turned over in a store would leave it. */
  async function damaged() {
    const store = new MemorySessionRepository();
    const engine = engineOver(store);
    const token = await storedSession(engine, SHOP);
    const record = (await store.load(token)) as SessionRecord;
    const payload = record.payload.replace('{"name":"Ann"}', '{"name":"Ann"]');
    expect(payload).not.toBe(record.payload);
    await store.save({ ...record, payload, writeId: newWriteId() });
    return { store, engine, token };
  }

  it('is not parsed by a request that reads and changes something else, and stays as it is', async () => {
    const { store, engine, token } = await damaged();
    const session = await engine.open(token);
    (session.data as Shop & SessionData).count += 1;
    await session.commit(false);
    expect(((await store.load(token)) as SessionRecord).payload).toBe(
      '1["user",14,"basket",5,"count",1]\n{"name":"Ann"]["a"]2',
    );
  });

  it('is an error that tells nothing of it when it cannot be read after all', async () => {
    const { engine, token } = await damaged();
    const events = recorded(engine, 'recordRejected');
    const session = await engine.open(token);
    expect([session.data['count'], Object.hasOwn(session.data, 'count'), events]).toEqual([1, true, []]);
    const look = (): unknown => session.data['user'];
    expect(look).toThrow(SessionStoreError);
    expect(look).not.toThrow(/Ann|JSON/);
    expect(() => Object.values(session.data)).toThrow(SessionStoreError);
    expect(events).toEqual([{ handle: session.handle, reason: 'malformed' }]);
    await expect(session.update((data) => data['user'])).rejects.toThrow(SessionStoreError);
    await session.logout();
    expect(session.isNew).toBe(true);
  });

  it('is not parsed for an update of something else', async () => {
    const { engine, token } = await damaged();
    const session = await engine.open(token);
    await session.update((data) => (data['count'] = 5));
    expect(session.data['count']).toBe(5);
  });
});

describe('After others have stored something', () => {
  async function two() {
    const engine = engineOver(new MemorySessionRepository());
    const token = await storedSession(engine, { ...SHOP, mine: [0], theirs: [0], both: [0] });
    return { engine, ours: await engine.open(token), theirs: await engine.open(token) };
  }

  it('the data shows theirs, and references to what only we have changed stay good', async () => {
    const { engine, ours, theirs } = await two();
    const mine = ours.data['mine'] as number[];
    expect(Object.keys(ours.data)).toHaveLength(6);
    mine.push(1);
    theirs.data['theirs'] = [2];
    theirs.data['unseen'] = 3;
    delete theirs.data['count'];
    await theirs.save();
    await ours.save();
    expect(ours.data['mine']).toBe(mine);
    expect([ours.data['theirs'], ours.data['unseen'], 'count' in ours.data]).toEqual([[2], 3, false]);
    expect(Object.keys(ours.data)).toEqual(['user', 'basket', 'mine', 'theirs', 'both', 'unseen']);
    mine.push(4);
    await ours.save();
    expect((await engine.open(ours.token!)).data).toMatchObject({ mine: [0, 1, 4], theirs: [2], unseen: 3 });
  });

  it('who has listed the data sees what has been added since, and loses it by no copy', async () => {
    const { engine, ours, theirs } = await two();
    JSON.stringify(ours.data);
    await ours.update((data) => (data['fresh'] = 1));
    expect(Object.keys(ours.data)).toContain('fresh');
    theirs.data['unseen'] = 2;
    await theirs.save();
    ours.data['count'] = 2;
    await ours.save();
    expect(JSON.parse(JSON.stringify(ours.data))).toMatchObject({ fresh: 1, unseen: 2, count: 2 });
    ours.data = { ...ours.data, mine: 3 };
    await ours.commit(false);
    expect((await engine.open(ours.token!)).data).toMatchObject({ fresh: 1, unseen: 2, count: 2, mine: 3 });
  });

  it.each(['a save', 'a first save', 'an update', 'a login'])(
    'what was put in the place of all data while %s ran is all there is',
    async (what) => {
      const engine = engineOver(new MemorySessionRepository());
      const session =
        what === 'a first save' ? engine.anonymous() : await engine.open(await storedSession(engine, SHOP));
      session.data['fresh'] = 'not to be kept';
      const running =
        what === 'a login'
          ? session.login('ann')
          : what === 'an update'
            ? session.update(() => undefined)
            : session.save();
      session.data = { count: 2 };
      await running;
      expect(session.data).toEqual({ count: 2 });
      await session.commit(false);
      expect((await engine.open(session.token!)).data).toEqual({ count: 2 });
    },
  );

  it('a reload shows what there is now', async () => {
    const { ours, theirs } = await two();
    ours.data['mine'] = [7];
    theirs.data['count'] = 8;
    delete theirs.data['user'];
    await theirs.save();
    await ours.reload();
    expect(ours.data).toEqual({ basket: ['a'], count: 8, mine: [0], theirs: [0], both: [0] });
  });

  it('what was changed again while it was being saved is kept, and saved by the next', async () => {
    const { engine, ours, theirs } = await two();
    theirs.data['both'] = ['theirs'];
    await theirs.save();
    ours.data['both'] = ['first'];
    const saving = ours.save();
    ours.data['both'] = ['second'];
    ours.data['mine'] = undefined;
    await saving;
    expect(ours.data).toMatchObject({ both: ['second'], mine: undefined });
    await ours.commit(false);
    expect((await engine.open(ours.token!)).data).toEqual({ ...SHOP, both: ['second'], theirs: [0] });
  });

  it('inside one process and in one save, the data shows whose change of a key was the last, and takes it for no change of its own', async () => {
    const { engine, ours, theirs } = await two();
    const third = await engine.open(ours.token!);
    third.data['mine'] = [3];
    const saving = [third.save()];
    ours.data['both'] = ['ours'];
    theirs.data['both'] = ['theirs'];
    saving.push(ours.save(), theirs.save());
    await Promise.all(saving);
    expect([ours.version, ours.data['both']]).toEqual([3, ['theirs']]);
    ours.data['count'] = 2;
    await ours.save();
    expect((await engine.open(ours.token!)).data).toMatchObject({ both: ['theirs'], count: 2, mine: [3] });
  });

  it('what is altered while a login runs is kept, and so are references from before it', async () => {
    const { engine, ours } = await two();
    const mine = ours.data['mine'] as number[];
    const login = ours.login('ann');
    ours.data['both'] = ['meanwhile'];
    await login;
    mine.push(1);
    await ours.commit(false);
    expect((await engine.open(ours.token!)).data).toMatchObject({ both: ['meanwhile'], mine: [0, 1] });
  });

  it('a value that cannot be stored any more is still ours to mend', async () => {
    const { ours, theirs } = await two();
    theirs.data['both'] = ['theirs'];
    await theirs.save();
    ours.data['mine'] = [1];
    void ours.data['both'];
    const saving = ours.save();
    ours.data['both'] = 1n;
    await saving;
    await expect(ours.save()).rejects.toMatchObject({ name: 'SessionValueError', key: 'both' });
    delete ours.data['both'];
    await ours.save();
    expect('both' in ours.data).toBe(false);
  });
});
