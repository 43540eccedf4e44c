import type { PoolConnection, ResultSetHeader } from 'mysql2';
import { SessionStoreError } from '../contracts/errors.js';
import type { RepositoryListener } from '../contracts/repository-events.js';
import { discard, lastActiveTimeOf } from './pool-connection.js';
import type { Row } from './session-row.js';
import type { Statement } from './session-table.js';
import {
  CrowdedError,
  isAnswer,
  isCrowded,
  isDemoted,
  isInTheWay,
  isReadOnly,
  reasonOf,
  storeError,
} from './typeorm-session.errors.js';

/** Statements without an answer, one after the other, after which the place is taken for silent. */
const SILENCES = 3;
const PROBE_EVERY_MS = 250;
/** A place that answered so lately is there. */
const LATELY_MS = 1_000;
/** While a place stays read-only, its connections are given up no more often, so that reads go on. */
const SWITCH_EVERY_MS = 1_000;

/** The primary, or the replicas. */
export type PlaceName = 'primary' | 'replica';

/**
 * One place that answers statements, each of them within a deadline. What gets no answer in time is thrown away with its connection,
 * so that the late answer meets nobody; a place that was silent several times is asked by one statement each 250 ms alone.
 */
export class DatabasePlace {
  #silences = 0;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #silentAt = 0;
  #nextProbe = 0;
  #isReported = false;
  /** When each connection was first used, by `performance.now()`, and when one of them was last found to take no writes. */
  readonly #usedSince = new WeakMap<PoolConnection, number>();
  #readOnlyAt = Number.NEGATIVE_INFINITY;

  /**
   * @param connect a connection of the pool
   * @param report what operators should hear
   */
  constructor(
    private readonly name: PlaceName,
    private readonly connect: () => Promise<PoolConnection>,
    private readonly report: RepositoryListener,
  ) {}

  /** When the place last answered anything, by `performance.now()`; -Infinity when it never did. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  /** The rows of a SELECT. @param deadline by `performance.now()` @throws SessionStoreError */
  async rows(statement: Statement, values: readonly unknown[], deadline: number): Promise<readonly Row[]> {
    return (await this.run(statement, values, deadline)) as readonly Row[];
  }

  /** What a statement changed. @throws SessionStoreError, or the client's own error when the server refused it */
  async write(statement: Statement, values: readonly unknown[], deadline: number): Promise<ResultSetHeader> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.run(statement, values, deadline)) as ResultSetHeader;
      } catch (error) {
        if (!isInTheWay(error) || attempt === 3) throw error;
      }
    }
  }

  private async run(statement: Statement, values: readonly unknown[], deadline: number): Promise<unknown> {
    this.admit();
    const connection = await this.acquire(deadline);
    try {
      const answer = await this.execute(connection, statement, values, deadline);
      this.answered();
      connection.release();
      return answer;
    } catch (error) {
      if (isAnswer(error)) this.answered();
      else this.failed(reasonOf(error));
      if (isDemoted(error)) this.leave();
      if (isReadOnly(error)) connection.destroy();
      else connection.release();
      throw error;
    }
  }

  private admit(): void {
    if (this.#silences < SILENCES) return;
    const now = performance.now();
    if (now < this.#nextProbe) throw new SessionStoreError(`the ${this.name} did not answer several times in a row`);
    this.#nextProbe = now + PROBE_EVERY_MS;
  }

  /** Behind a name that has moved on there is a new primary, to which none of the connections leads that there are. */
  private leave(): void {
    const now = performance.now();
    if (now - this.#readOnlyAt > SWITCH_EVERY_MS) this.#readOnlyAt = now;
  }

  private async acquire(deadline: number): Promise<PoolConnection> {
    for (;;) {
      const connection = await this.offered(deadline);
      if (!this.#usedSince.has(connection)) this.#usedSince.set(connection, performance.now());
      const isSuspect = (this.#usedSince.get(connection) ?? 0) <= this.#readOnlyAt;
      if (!isSuspect && !this.wasIdleInSilence(connection)) return connection;
      discard(connection);
    }
  }

  /** Whether a connection was idle when the place fell silent: such ones are likely to be dead. */
  private wasIdleInSilence(connection: PoolConnection): boolean {
    // A clock that was set back since tells nothing of age: every connection, a new one too, would be thrown away.
    return lastActiveTimeOf(connection) <= this.#silentAt && Date.now() >= this.#silentAt;
  }

  private offered(deadline: number): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      const askedAt = performance.now();
      let isLate = false;
      const stop = onDeadline(deadline, () => {
        isLate = true;
        this.fellSilent(askedAt);
        reject(new SessionStoreError(`no connection to the ${this.name} in time`));
      });
      this.connect().then(
        (connection) => {
          stop();
          // The pool's own listener hears one error only; another one between statements would end the process.
          if (connection.listenerCount('error') < 2) connection.on('error', () => undefined);
          if (isLate) connection.release();
          else resolve(connection);
        },
        (error: unknown) => {
          stop();
          if (isLate) return;
          // Then it is this instance that asks more of the place than its connections can carry.
          if (isCrowded(error) && this.answeredLately) return reject(new CrowdedError());
          this.failed(reasonOf(error));
          reject(storeError(error, false));
        },
      );
    });
  }

  private execute(
    connection: PoolConnection,
    { sql, writes }: Statement,
    values: readonly unknown[],
    deadline: number,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const askedAt = performance.now();
      const stop = onDeadline(deadline, () => {
        discard(connection);
        this.fellSilent(askedAt);
        reject(new SessionStoreError('no answer in time', writes ? 'unknown' : 'not-executed'));
      });
      const settle = (error: Error | null, answer: unknown): void => {
        stop();
        if (error === null) resolve(answer);
        else reject(error);
      };
      // Prepared: the values never pass through SQL text, whatever sql_mode and character set the connection has.
      connection.execute({ sql, values: [...values] as never[], rowsAsArray: true }, settle);
    });
  }

  private get answeredLately(): boolean {
    return performance.now() - this.#answeredAt < LATELY_MS;
  }

  private answered(): void {
    this.#silences = 0;
    this.#answeredAt = performance.now();
    if (!this.#isReported) return;
    this.#isReported = false;
    this.report('placeAvailable', { place: this.name });
  }

  /** @param askedAt when the place was asked what it did not answer; one that answered others since is slow, not silent */
  private fellSilent(askedAt: number): void {
    if (this.#answeredAt > askedAt) return;
    this.#silences += 1;
    this.#silentAt = Date.now();
    if (this.#silences === SILENCES) this.#nextProbe = performance.now() + PROBE_EVERY_MS;
  }

  private failed(reason: string): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.report('placeUnavailable', { place: this.name, reason });
  }
}

/** Calls at a deadline, unless stopped. What has arrived by then, unread by a process that was busy, is read first. */
function onDeadline(deadline: number, expire: () => void): () => void {
  let isStopped = false;
  const timer = setTimeout(
    () => {
      setImmediate(() => {
        if (!isStopped) expire();
      });
    },
    Math.max(0, deadline - performance.now()),
  );
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
