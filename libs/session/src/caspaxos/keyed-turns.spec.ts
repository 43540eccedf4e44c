import { describe, expect, it } from 'vitest';
import { KeyedTurns } from './keyed-turns.js';

/** Work that begins and ends when the test says so. */
function held(turns: KeyedTurns, key: string, begun: string[]) {
  let end: (how: 'done' | 'failed') => void = () => undefined;
  const name = `${key}${begun.length}`;
  const result = turns.take(key, () => {
    begun.push(name);
    return new Promise<string>((resolve, reject) => {
      end = (how) => (how === 'done' ? resolve(name) : reject(new Error(name)));
    });
  });
  return { result, end: (how: 'done' | 'failed') => end(how) };
}

describe('Turns by key', () => {
  it('begin one after the other for one key, and at once for another', async () => {
    const turns = new KeyedTurns();
    const begun: string[] = [];
    const first = held(turns, 'a', begun);
    const second = turns.take('a', async () => begun.push('a, second'));
    const third = turns.take('a', async () => begun.push('a, third'));
    const other = held(turns, 'b', begun);
    await new Promise(setImmediate);
    expect(begun).toEqual(['a0', 'b1']);
    first.end('done');
    expect([await first.result, await second, await third]).toEqual(['a0', 3, 4]);
    other.end('done');
    expect(await other.result).toBe('b1');
  });

  it('pass on after a failure, which is that of its own caller alone', async () => {
    const turns = new KeyedTurns();
    const begun: string[] = [];
    const first = held(turns, 'a', begun);
    const second = turns.take('a', async () => 'done');
    first.end('failed');
    await expect(first.result).rejects.toThrow('a0');
    expect(await second).toBe('done');
  });

  it('are not waited for by who comes when all have ended', async () => {
    const turns = new KeyedTurns();
    await turns.take('a', async () => 1);
    await new Promise(setImmediate);
    let begun = false;
    const next = turns.take('a', async () => (begun = true));
    expect(begun).toBe(true);
    await next;
  });
});
