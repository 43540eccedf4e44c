import { describe, expect, it } from 'vitest';
import { EMPTY_PAYLOAD, NO_CHANGES, NOTHING_STORED, Payload } from './payload.js';

const KEYS = ['a', '', '__proto__', 'with "quotes" and \n', '鍵😀', '7'];
const payload = NOTHING_STORED.with(new Map(KEYS.map((key, nth) => [key, JSON.stringify({ nth, text: '値😀\n' })])));

describe('A payload', () => {
  it('gives back the text of each value, by any key, in the order in which they came', () => {
    const values = Payload.readAgain(payload);
    expect(values.keys).toEqual(KEYS);
    expect(KEYS.map((key) => JSON.parse(values.textOf(key)!) as object)).toEqual(
      KEYS.map((_, nth) => ({ nth, text: '値😀\n' })),
    );
    expect(values.textOf('b')).toBeUndefined();
    expect(values.entries().map(([key]) => key)).toEqual(KEYS);
  });

  it('with changes holds the others as they were, each in its place, and new ones at the end', () => {
    const changed = NOTHING_STORED.with(new Map(['a', 'b', 'c'].map((key) => [key, `"${key}"`])));
    expect(changed).toBe('1["a",3,"b",3,"c",3]\n"a""b""c"');
    const changes = new Map([
      ['d', '4'],
      ['b', '{}'],
      ['a', undefined],
      ['never there', undefined],
    ]);
    expect(Payload.readAgain(changed).with(changes)).toBe('1["b",2,"c",3,"d",1]\n{}"c"4');
  });

  it('finds each of very many keys', () => {
    const keys = Array.from({ length: 6_000 }, (_, nth) => `key ${nth}`);
    const values = Payload.readAgain(NOTHING_STORED.with(new Map(keys.map((key) => [key, JSON.stringify(key)]))));
    expect(keys.filter((key) => values.textOf(key) !== JSON.stringify(key))).toEqual([]);
    expect([values.textOf('key 6000'), values.textOf('')]).toEqual([undefined, undefined]);
  });

  it('without changes is the same', () => {
    expect(Payload.readAgain(payload).with(NO_CHANGES)).toBe(payload);
    expect(NOTHING_STORED.with(NO_CHANGES)).toBe(EMPTY_PAYLOAD);
    expect(NOTHING_STORED.keys).toEqual([]);
  });

  it.each([
    '1["a",1e9]\n1',
    '1["a",-1,"b",2]\n1',
    '1["a",0.5]\n1',
    '1["a","1"]\n1',
    '1[]\n1',
    '1{"a":1}\n',
    '1[[],1]\n1',
  ])('is not what a stranger made: %j', (stranger) => {
    expect(Payload.read(stranger)).toEqual({ rejected: 'malformed' });
  });
});
