import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { setImmediate as turnEnds } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { corkForThisTurn } from './one-write-per-turn.js';

/** Takes down what comes in one write. */
class Notebook extends Writable {
  readonly writes: string[] = [];

  constructor() {
    super({ decodeStrings: false });
  }

  override _writev(chunks: { chunk: unknown }[], done: () => void): void {
    this.writes.push(chunks.map(({ chunk }) => String(chunk)).join(''));
    done();
  }

  send(text: string): void {
    corkForThisTurn(this);
    this.write(text);
  }
}

describe('what is written in one turn of the event loop', () => {
  it('leaves in one write, in its order, when the turn ends', async () => {
    const socket = new Notebook();
    socket.send('a');
    await Promise.resolve();
    socket.send('b');
    expect(socket.writes).toEqual([]);

    await turnEnds();
    expect(socket.writes).toEqual(['ab']);
  });

  it('leaves also under the fake timers of a test', async () => {
    const socket = new Notebook();
    vi.useFakeTimers();
    socket.send('a');
    vi.useRealTimers();
    await turnEnds();
    expect(socket.writes).toEqual(['a']);
  });

  it('does not hold back what is written in the next turn', async () => {
    const socket = new Notebook();
    socket.send('a');
    await turnEnds();
    socket.send('b');
    await turnEnds();
    expect(socket.writes).toEqual(['a', 'b']);
  });

  it('leaves also when the stream is ended at once', async () => {
    const socket = new PassThrough();
    corkForThisTurn(socket);
    socket.write('a');
    socket.end();
    expect(String((await once(socket, 'data'))[0])).toBe('a');
  });

  it('harms nobody when the stream is destroyed meanwhile', async () => {
    const socket = new Notebook();
    socket.send('a');
    socket.destroy();
    await turnEnds();
    expect(socket.writes).toEqual([]);
  });
});
