import { describe, expect, it } from 'vitest';
import { MemorySessionRepository } from '../memory/index.js';
import { ObservedRepository, engineOver, storedSession } from './engine.fixture.js';
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
  ['with Object.assign', (data) => Object.assign(data, { count: 3, more: 4 }), { count: 3, more: 4 }],
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
});
