import type { Socket } from 'node:net';
import { type Response, Server } from 'memjs';
import { corkForThisTurn } from '../contracts/one-write-per-turn.js';
import { encodeRequest, type MemcachedAnswer, type MemcachedCommand, OPCODE, writes } from './memcached-protocol.js';
import { NodeUnavailable, reasonOf } from './memcached-session.errors.js';
import type { NodeAddress, NodeCredentials } from './node-address.js';

/** How often unanswered commands are compared with their deadlines. */
const LOOK_EVERY_MS = 20;
/** So long a command may be answered late when this process stood still itself: it may have left only afterwards. */
const AFTER_STANDSTILL_MS = 80;
const LARGEST_SEQUENCE = 0xff_ff_ff_ff;
const KEEP_ALIVE_SECONDS = 10;

interface Unanswered {
  /** By `performance.now()`. */
  readonly deadline: number;
  readonly fail: (error: NodeUnavailable) => void;
  readonly writes: boolean;
}

/**
 * One connection to one node, over memjs's `Server`: it connects, authenticates, and takes the stream of answers apart.
 * The first trouble ends it for good, because a stream with a hole would give answers to the wrong commands, and because a
 * `Server` that connects anew mixes up its old socket with the new one. Every command ends by its deadline.
 */
export class NodeConnection {
  readonly #server: Server;
  readonly #unanswered = new Map<number, Unanswered>();
  readonly #onEnd: (reason: string, hadWork: boolean) => void;
  #sequence: number;
  #socket: Socket | undefined;
  #ended: string | undefined;
  #looking: NodeJS.Timeout | undefined;
  /** By `performance.now()`. */
  #lookDue = 0;
  #hasStoodStill = false;

  /**
   * Begins to connect.
   * @param onEnd told once of the end, and whether commands waited for answers then
   * @param commandsBefore where the numbers of the commands go on
   */
  constructor(
    { host, port }: NodeAddress,
    credentials: NodeCredentials | undefined,
    onEnd: (reason: string, hadWork: boolean) => void,
    commandsBefore = 0,
  ) {
    this.#onEnd = onEnd;
    this.#sequence = commandsBefore;
    // Deadlines are ours: memjs's own do not cover a connection that is closed with commands under way.
    const options = { timeout: 0, conntimeout: 0, keepAlive: true, keepAliveDelay: KEEP_ALIVE_SECONDS };
    this.#server = new Server(host, port, undefined, undefined, options);
    // It would take them from MEMCACHE_USERNAME and the like otherwise.
    Object.assign(this.#server, { username: credentials?.username, password: credentials?.password });
    // Number 0 is given to no command, so that this one stays.
    this.#server.onError(0, (error) => this.#end(reasonOf(error)));
    this.#server.sock(false, (socket) => this.#begin(socket));
  }

  /** Resolves with the answer, whatever its status; rejects with `NodeUnavailable`. */
  send(command: MemcachedCommand, deadline: number): Promise<MemcachedAnswer> {
    return new Promise((resolve, reject) => {
      this.#write(command, { deadline, fail: reject, writes: writes(command) }, ({ header, val }, sequence) => {
        this.#unanswered.delete(sequence);
        resolve({ status: header.status, value: val, cas: header.cas });
      });
    });
  }

  /** The node's own figures, by name; many answers to one command. */
  figures(deadline: number): Promise<ReadonlyMap<string, string>> {
    return new Promise((resolve, reject) => {
      const figures = new Map<string, string>();
      const take = ({ key, val }: Response, sequence: number): void => {
        if (key.length > 0) return void figures.set(key.toString('latin1'), val.toString('latin1'));
        this.#unanswered.delete(sequence);
        resolve(figures);
      };
      const waiting = { deadline, fail: reject, writes: false };
      this.#write({ opcode: OPCODE.stat }, waiting, take, true);
    });
  }

  close(): void {
    this.#end('closed');
  }

  #begin(socket: Socket): void {
    this.#socket = socket;
    socket.setNoDelay(true);
    // memjs says nothing to those who wait when the other side closes.
    socket.once('close', () => this.#end('connection closed'));
  }

  /** @param many whether there are several answers, the last one empty */
  #write(
    command: MemcachedCommand,
    waiting: Unanswered,
    take: (response: Response, sequence: number) => void,
    many = false,
  ): void {
    if (this.#ended !== undefined) return waiting.fail(new NodeUnavailable(this.#ended, false));
    // memjs's own counter becomes negative after 2^31 commands, and then throws.
    this.#sequence = this.#sequence === LARGEST_SEQUENCE ? 1 : this.#sequence + 1;
    const sequence = this.#sequence;
    this.#unanswered.set(sequence, waiting);
    this.#server.onResponse(
      sequence,
      Object.assign((response: Response) => take(response, sequence), { quiet: many }),
    );
    if (this.#socket !== undefined) corkForThisTurn(this.#socket);
    this.#server.write(encodeRequest(command, sequence));
    if (this.#looking === undefined) this.#lookLater();
  }

  #lookLater(ms = LOOK_EVERY_MS): void {
    this.#lookDue = performance.now() + ms;
    this.#looking = setTimeout(this.#look, ms);
  }

  readonly #look = (): void => {
    this.#looking = undefined;
    if (this.#unanswered.size === 0) return;
    const now = performance.now();
    if (!this.#isLate(now)) return this.#lookLater();
    if (this.#stoodStill(now)) return this.#lookLater(AFTER_STANDSTILL_MS);
    setImmediate(() => this.#giveUpSince(now));
  };

  /**
   * Whether this process stood still itself: the answer may be waiting to be read, and what was sent in the same turn of the event loop
   * is only leaving now. Never twice in a row, so that a process which is always late gives up too.
   */
  #stoodStill(now: number): boolean {
    this.#hasStoodStill = !this.#hasStoodStill && now > this.#lookDue + LOOK_EVERY_MS;
    return this.#hasStoodStill;
  }

  /** After what has been read meanwhile. */
  #giveUpSince(now: number): void {
    if (this.#isLate(now)) this.#end('no answer in time');
    else if (this.#unanswered.size > 0 && this.#looking === undefined) this.#lookLater();
  }

  #isLate(now: number): boolean {
    for (const { deadline } of this.#unanswered.values()) if (deadline <= now) return true;
    return false;
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    clearTimeout(this.#looking);
    const unanswered = [...this.#unanswered.values()];
    this.#unanswered.clear();
    // Destroys the socket, and forgets what it would have done with late answers.
    this.#server.error(new Error(reason));
    this.#onEnd(reason, unanswered.length > 0);
    const wasConnected = this.#socket !== undefined;
    for (const { fail, writes: wrote } of unanswered) fail(new NodeUnavailable(reason, wrote && wasConnected));
  }
}
