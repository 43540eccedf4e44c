import type { RedisClient, RedisConnection } from './redis-client.js';

/**
 * Counts the connections that a client has lost, those to the nodes of a Cluster as well. While one is lost, the client may send a
 * command a second time by itself: a Cluster does (it cannot tell a node that went away from one that it has not reached yet), and so
 * does an application's own `Redis` unless it is told not to. The answer to the second time then says nothing about the first.
 */
export class ConnectionLosses {
  #count = 0;
  readonly #lose = (): void => {
    this.#count += 1;
  };
  readonly #watch = (connection: RedisConnection): void => {
    connection.on('close', this.#lose);
  };

  constructor(private readonly client: RedisClient) {
    for (const connection of this.#connections()) this.#watch(connection);
    client.on('+node', this.#watch);
  }

  /** How many were lost so far. A command may have been sent twice when this grew before it was answered. */
  get count(): number {
    return this.#count;
  }

  /** Leaves the client as it was found. */
  stop(): void {
    this.client.off('+node', this.#watch);
    for (const connection of this.#connections()) connection.off('close', this.#lose);
  }

  #connections(): RedisConnection[] {
    return [this.client, ...(this.client.nodes?.() ?? [])];
  }
}
