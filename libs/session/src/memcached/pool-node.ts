import { type MemcachedAnswer, type MemcachedCommand, OPCODE } from './memcached-protocol.js';
import { NodeUnavailable } from './memcached-session.errors.js';
import { type NodeAddress, type NodeCredentials, nameOf } from './node-address.js';
import { NodeConnection } from './node-connection.js';

/** How long a node that does not answer is left alone before it is asked again. */
const PROBE_EVERY_MS = 250;

/** Told when a node is lost, with a reason, and when it is back, without one. */
export type NodeListener = (node: string, lostBecause?: string) => void;

/**
 * One node of the pool. After a command that it did not answer, it is refused at once for everybody, and asked by a
 * connection of its own each 250 ms until it answers: so a frozen node costs each instance one deadline and not one for every request, and
 * what waits at the other nodes is not touched (Nygard, Release It!, "Circuit Breaker" and "Bulkheads").
 */
export class PoolNode {
  /** `host:port` */
  readonly name: string;
  #connection: NodeConnection | undefined;
  #lostBecause: string | undefined;
  #probe: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly address: NodeAddress,
    private readonly credentials: NodeCredentials | undefined,
    private readonly timeoutMs: number,
    private readonly listener: NodeListener,
  ) {
    this.name = nameOf(address);
  }

  /** Whether it answered when it was asked last. */
  get isAlive(): boolean {
    return this.#lostBecause === undefined;
  }

  /** Resolves when the node has answered a first time, or has not in time. Never rejects. */
  async open(): Promise<void> {
    await this.perform({ opcode: OPCODE.noop }, this.deadline()).catch(() => undefined);
  }

  /** By when a node has to answer what is asked from now on, by `performance.now()`. */
  deadline(): number {
    return performance.now() + this.timeoutMs;
  }

  /** The node's answer, whatever its status. Rejects with `NodeUnavailable` when there is none by the deadline. */
  async perform(command: MemcachedCommand, deadline: number): Promise<MemcachedAnswer> {
    return this.#current().send(command, deadline);
  }

  /** The node's own figures, by name. Rejects with `NodeUnavailable`. */
  async figures(): Promise<ReadonlyMap<string, string>> {
    return this.#current().figures(this.deadline());
  }

  /** Ends the connection for good. */
  close(): void {
    this.#closed = true;
    this.#lostBecause = 'closed';
    clearTimeout(this.#probe);
    this.#connection?.close();
  }

  #current(): NodeConnection {
    if (this.#lostBecause !== undefined) throw new NodeUnavailable(this.#lostBecause, false);
    this.#connection ??= this.#connect();
    return this.#connection;
  }

  #connect(): NodeConnection {
    const connection = new NodeConnection(this.address, this.credentials, (reason, hadWork) => {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      // A connection that ended while nobody used it is no sign: the next command finds out.
      if (hadWork) this.#lose(reason);
    });
    return connection;
  }

  #lose(reason: string): void {
    if (this.#closed) return;
    this.#lostBecause = reason;
    this.listener(this.name, reason);
    this.#probeIn(0);
  }

  #probeIn(ms: number): void {
    this.#probe = setTimeout(() => void this.#askAgain(), ms).unref();
  }

  async #askAgain(): Promise<void> {
    const connection = this.#connect();
    try {
      await connection.send({ opcode: OPCODE.noop }, this.deadline());
    } catch {
      if (!this.#closed) this.#probeIn(PROBE_EVERY_MS);
      return;
    }
    if (this.#closed) return connection.close();
    this.#connection = connection;
    this.#lostBecause = undefined;
    this.listener(this.name);
  }
}
