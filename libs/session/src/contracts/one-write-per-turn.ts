import type { Writable } from 'node:stream';

/** Taken before a test can replace it by a clock of its own: what is corked must leave whatever time it is there. */
const whenTurnEnds = setImmediate;

/**
 * Call it before each write to a store's socket: what is written in one turn of the event loop leaves in one system call when the
 * turn ends. Parallel requests then share what is the most expensive part of a store command: with ioredis, which writes every
 * command by itself, it was a sixth of the CPU time of a request that writes. A command alone waits for the end of the turn as well.
 */
export function corkForThisTurn(socket: Writable): void {
  if (socket.writableCorked > 0) return;
  socket.cork();
  whenTurnEnds(() => socket.uncork());
}
