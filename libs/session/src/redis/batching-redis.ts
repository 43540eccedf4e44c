import { type Command, Redis } from 'ioredis';
import { corkForThisTurn } from '../contracts/one-write-per-turn.js';

/**
 * A `Redis` whose commands of one turn of the event loop leave in one write. Unlike ioredis's `enableAutoPipelining` it does not
 * wait for the answers to one batch before it sends the next, and leaves errors, deadlines and order as they are.
 */
export class BatchingRedis extends Redis {
  override sendCommand(...parameters: [command: Command, stream?: Parameters<Redis['sendCommand']>[1]]): unknown {
    // Against its type there is none before the first connection.
    const socket: Redis['stream'] | undefined = this.stream;
    if (socket !== undefined) corkForThisTurn(socket);
    return super.sendCommand(...parameters);
  }
}
