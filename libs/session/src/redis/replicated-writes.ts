import { SessionStoreError } from '../contracts/errors.js';
import type { OwnedRedisClient } from './owned-redis-client.js';
import type { RedisClient } from './redis-client.js';
import { reasonOf, storeError } from './redis-session.errors.js';
import type { Replication } from './redis-session.options.js';

/** A write that has to be sent yet. */
interface Write {
  /** When it was asked for, on the monotonic clock. */
  readonly since: number;
  /** Sends it, and answers what to do once it is known whether the replicas have it. */
  send(client: RedisClient): (replicated: Promise<void>) => void;
}

/**
 * Writes that are answered once enough replicas have them. WAIT counts for the writes of its own connection and holds up whatever is
 * sent behind it, so these writes have a connection to themselves. They go in rounds: what comes during one is sent together in the
 * next, with one WAIT behind it, however many there are. What a write waited for its turn counts: its WAIT has what is left.
 */
export class ReplicatedWrites {
  #held: Write[] = [];
  #underWay = false;

  constructor(
    readonly connection: OwnedRedisClient,
    private readonly replication: Replication,
  ) {}

  /**
   * What the write answers, once it is on the replicas. Rejects with `SessionStoreError`; its outcome is `unknown` when too few replicas
   * said in time that they have it: then it is on the master, and perhaps nowhere else.
   * @param send sends exactly one command, before it returns
   */
  run<T>(send: (client: RedisClient) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve) => {
      const sendNow: Write['send'] = (client) => {
        const sent = send(client);
        return (replicated) => resolve(this.#answer(sent, replicated));
      };
      this.#held.push({ since: performance.now(), send: sendNow });
      if (!this.#underWay) void this.#sendRounds();
    });
  }

  async #sendRounds(): Promise<void> {
    this.#underWay = true;
    while (this.#held.length > 0) {
      if (this.connection.client.status !== 'ready') await this.connection.open();
      const round = this.#held.splice(0);
      // All in one turn of the event loop: the writes and their WAIT go over one connection, to one master.
      const finish = round.map((write) => write.send(this.connection.client));
      const replicated = this.#wait(this.#left(round));
      for (const settle of finish) settle(replicated);
      await replicated.catch(() => undefined);
    }
    this.#underWay = false;
  }

  /** What is left to the write that has waited longest; a millisecond at least, as none would be for ever. */
  #left([oldest]: Write[]): number {
    const waited = oldest === undefined ? 0 : performance.now() - oldest.since;
    return Math.max(1, Math.floor(this.replication.timeout - waited));
  }

  async #wait(timeout: number): Promise<void> {
    const { replicas } = this.replication;
    const having = await this.connection.client.wait(replicas, timeout).catch((error: unknown) => {
      throw new SessionStoreError(this.connection.problem ?? reasonOf(error), 'unknown');
    });
    if (having < replicas) throw new SessionStoreError(`${having} of ${replicas} replicas have it`, 'unknown');
  }

  async #answer<T>(sent: Promise<T>, replicated: Promise<void>): Promise<T> {
    const answer = await sent.catch((error: unknown) => {
      throw storeError(error, true, this.connection.problem);
    });
    await replicated;
    return answer;
  }
}
