import 'reflect-metadata';
import { IsArray, IsInt, IsOptional, ValidateNested } from 'class-validator';
import { Type } from 'class-transformer';
import { describe, expect, it } from 'vitest';
import { SessionGoneError, SessionTooLargeError, SessionTooLateError, SessionValueError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import { newWriteId } from '../contracts/session-id.js';
import { MemorySessionRepository } from '../memory/index.js';
import { rulesOf } from './data-rules.js';
import { engineOver, recorded, storedSession } from './engine.fixture.js';

describe('Session data', () => {
  it('takes any string as a key, nested ones too, and touches no prototype', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const session = engine.anonymous();
    const nested = JSON.parse('{"__proto__": {"admin": true}, "constructor": {"prototype": 1}}') as object;
    for (const key of ['__proto__', 'constructor', 'hasOwnProperty', 'a/b', '鍵', '🔑', '', '7', 'rejected']) {
      session.data[key] = nested;
    }
    await session.commit(false);
    const { data } = await engine.open(session.token!);
    expect(JSON.stringify(data)).toBe(JSON.stringify(session.data));
    expect(Object.keys(data)).toHaveLength(9);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
    data['__proto__'] = 2;
    expect(Object.keys(data)).toContain('__proto__');
  });

  const cycle: Record<string, unknown> = {};
  cycle['self'] = [cycle];
  it.each([
    ['a function', () => 1],
    ['a cycle', cycle],
    ['a BigInt', 1n],
    ['a symbol', Symbol('s')],
    ['a number that is not finite', Number.NaN],
    ['an invalid date', new Date('nonsense')],
    ['a Map', new Map([[1, 2]])],
    ['undefined in a list', [1, undefined]],
    ['a function deep inside', { a: [{ b: () => 1 }] }],
    ['what toJSON makes of it', { toJSON: () => 1n }],
  ])('refuses %s with the name of its key, and keeps what was stored', async (_, value) => {
    const engine = engineOver(new MemorySessionRepository());
    const token = await storedSession(engine, { good: 1 });
    const session = await engine.open(token);
    session.data['good'] = 2;
    session.data['bad one'] = value;
    await expect(session.commit(false)).rejects.toMatchObject({
      name: 'SessionValueError',
      key: 'bad one',
      statusCode: 422,
    });
    expect((await engine.open(token)).data).toEqual({ good: 1 });
  });

  it('stores what JSON can hold, and dates as JSON writes them', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const data = { text: '\u0000\uD800é😀', list: [null, true, -0.5, [[]]], date: new Date(0), nothing: undefined };
    const token = await storedSession(engine, data);
    expect((await engine.open(token)).data).toEqual(JSON.parse(JSON.stringify(data)));
  });

  it('may fill the limit to the byte, in UTF-8, and not one more', async () => {
    const engine = engineOver(new MemorySessionRepository(), { maxBytes: 100 });
    const overhead = '1["a",47]\n""'.length;
    const session = engine.anonymous();
    session.data['a'] = 'é'.repeat((100 - overhead - 2) / 2) + 'xx';
    await session.commit(false);
    session.data['a'] += 'x';
    await expect(session.commit(false)).rejects.toMatchObject({ bytes: 101, maxBytes: 100, statusCode: 413 });
    await expect(session.commit(false)).rejects.toThrow(SessionTooLargeError);
    expect((await engine.open(session.token!)).version).toBe(1);
  });

  it('can be replaced as a whole', async () => {
    const engine = engineOver(new MemorySessionRepository());
    const token = await storedSession(engine, { a: 1, b: 2 });
    const session = await engine.open(token);
    session.data = { b: 2, c: 3 };
    await session.commit(false);
    expect((await engine.open(token)).data).toEqual({ b: 2, c: 3 });
  });
});

describe('A record that is no session', () => {
  it.each([
    ['cut off in its index', '1["a",', 'malformed'],
    ['cut off in its values', '1["a",5]\n1234', 'malformed'],
    ['longer than its index says', '1["a",1]\n12', 'malformed'],
    ['an index without lengths', '1["a"]\n1', 'malformed'],
    ['an index of nothing', '1["a",0]\n', 'malformed'],
    ['an index without keys', '1[1,1]\n1', 'malformed'],
    ['random bytes', '\u0007\uFFFD', 'malformed'],
    ['null', '1null', 'malformed'],
    ['a list', '1[]', 'malformed'],
    ['nothing', '', 'malformed'],
    ['a newer format', '2{"a":1}', 'newer-format'],
  ])('is absent, reported once, and left where it is: %s', async (_, payload, reason) => {
    const store = new MemorySessionRepository();
    const engine = engineOver(store);
    const events = recorded(engine, 'recordRejected');
    const token = await storedSession(engine, { a: 1 }, 'ann');
    const record = (await store.load(token))!;
    await store.save({ ...record, writeId: newWriteId(), payload });
    for (let request = 0; request < 3; request += 1) {
      const session = await engine.open(token);
      expect([session.isNew, session.principal, session.data]).toEqual([true, undefined, {}]);
    }
    expect(events).toEqual([{ handle: expect.any(String) as string, reason }]);
    expect(JSON.stringify(events)).not.toContain(token);
    expect((await store.load(token))?.payload).toBe(payload);
  });
});

describe('A session that only another version of the application can read', () => {
  async function unreadable() {
    const store = new MemorySessionRepository();
    const token = await storedSession(engineOver(store), { a: 1 }, 'ann');
    const payload = '2{"a":1}';
    await store.save({ ...((await store.load(token)) as SessionRecord), payload, writeId: newWriteId() });
    return { store, token, session: await engineOver(store).open(token) };
  }

  it('ends for that one too when its visitor logs out', async () => {
    const { store, token, session } = await unreadable();
    await session.logout();
    expect(await store.load(token)).toBeNull();
  });

  it('ends for that one too when its visitor logs in, and not before it can be told', async () => {
    const { store, token, session } = await unreadable();
    session.closeHead();
    await expect(session.login('ann')).rejects.toThrow(SessionTooLateError);
    expect(await store.load(token)).not.toBeNull();
    const next = await engineOver(store).open(token);
    await next.login('ann');
    expect([await store.load(token), next.principal]).toEqual([null, 'ann']);
  });
});

describe('A data class', () => {
  class Item {
    @IsInt() count!: number;
  }
  class Shop {
    @IsArray() @ValidateNested({ each: true }) @Type(() => Item) basket!: Item[];
  }
  const dataRules = rulesOf(Shop);

  it('holds at every save, naming the properties that break it', async () => {
    const engine = engineOver(new MemorySessionRepository(), { dataRules });
    const session = engine.anonymous();
    session.data['other'] = 1;
    await expect(session.commit(false)).rejects.toThrow(SessionValueError);
    session.data['basket'] = [{ count: 1 }, { count: 'many' }];
    await expect(session.commit(false)).rejects.toMatchObject({ key: 'basket.1.count', statusCode: 422 });
    expect(session.isNew).toBe(true);
    session.data['basket'] = [{ count: 1 }];
    await session.commit(false);
    expect((await engine.open(session.token!)).data).toEqual({ other: 1, basket: [{ count: 1 }] });
  });

  it('lets a login begin with nothing, to be filled by the handler', async () => {
    const engine = engineOver(new MemorySessionRepository(), { dataRules });
    const session = engine.anonymous();
    session.data['basket'] = [];
    await session.login('ann', { keep: false });
    expect(session.data).toEqual({});
    await expect(session.update(() => undefined)).rejects.toThrow(SessionValueError);
    session.data['basket'] = [{ count: 2 }];
    await session.commit(false);
    expect((await engine.open(session.token!)).data).toEqual({ basket: [{ count: 2 }] });
  });

  it('holds after every load', async () => {
    const store = new MemorySessionRepository();
    const token = await storedSession(engineOver(store), { basket: 'none' });
    const engine = engineOver(store, { dataRules });
    const events = recorded(engine, 'recordRejected');
    expect((await engine.open(token)).isNew).toBe(true);
    expect(events).toMatchObject([{ reason: 'invalid-data' }]);
    expect((await engineOver(store).open(token)).data).toEqual({ basket: 'none' });
  });

  it('is not got round by what others have left unreadable meanwhile', async () => {
    class Counter {
      @IsOptional() @IsInt() count?: number;
    }
    const store = new MemorySessionRepository();
    const engine = engineOver(store, { dataRules: rulesOf(Counter) });
    const session = await engine.open(await storedSession(engine, { count: 1 }));
    const record = (await store.load(session.token!)) as SessionRecord;
    const payload = '1["count",3]\n"a]';
    await store.save({ ...record, payload, writeId: newWriteId() });
    session.data['other'] = 1;
    await expect(session.commit(false)).rejects.toThrow(SessionGoneError);
    expect((await store.load(session.token!))?.payload).toBe(payload);
  });

  it('finds at the load what cannot be parsed, too', async () => {
    const store = new MemorySessionRepository();
    const engine = engineOver(store, { dataRules });
    const token = await storedSession(engine, { basket: [] });
    const record = (await store.load(token)) as SessionRecord;
    await store.save({ ...record, payload: '1["basket",2]\n[}', writeId: newWriteId() });
    const events = recorded(engine, 'recordRejected');
    expect((await engine.open(token)).isNew).toBe(true);
    expect(events).toMatchObject([{ reason: 'malformed' }]);
  });
});
