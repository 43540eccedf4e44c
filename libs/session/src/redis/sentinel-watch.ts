import { Redis } from 'ioredis';
import type { RedisSessionsOptions } from './redis-session.options.js';

const CHANNEL = '+switch-master';
const SENTINEL_PORT = 26_379;
const RETRY_MS = 500;

/** As a Sentinel names it: seen from there, and possibly by a host name. */
export interface MasterAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Hears from every Sentinel that there is another master. Sentinel makes the old one a replica, and closes its connections, only some ten
 * seconds after an operator's failover or after it comes back; until then it would answer as before, and what it takes is lost.
 */
export class SentinelWatch {
  readonly #sentinels: readonly Redis[];

  /** @param onSwitch called once for each Sentinel that tells, and they tell up to seconds one after the other */
  constructor(
    private readonly options: RedisSessionsOptions,
    onSwitch: (master: MasterAddress) => void,
  ) {
    this.#sentinels = (options.sentinels ?? []).map((address) => this.#newClient(address));
    for (const sentinel of this.#sentinels) {
      // Which Sentinels answer is the business of the connection to the master.
      sentinel.on('error', () => undefined);
      sentinel.on('ready', () => void sentinel.subscribe(CHANNEL).catch(() => undefined));
      sentinel.on('message', (_channel: string, message: string) => {
        const [name, , , host = '', port] = message.split(' ');
        if (name === options.name) onSwitch({ host, port: Number(port) });
      });
    }
  }

  /** Begins to listen; goes on trying by itself. */
  open(): void {
    for (const sentinel of this.#sentinels) void sentinel.connect().catch(() => undefined);
  }

  close(): void {
    for (const sentinel of this.#sentinels) sentinel.disconnect();
  }

  #newClient({ host, port, family }: NonNullable<RedisSessionsOptions['sentinels']>[number]): Redis {
    const { sentinelUsername, sentinelPassword, sentinelTLS, connectTimeout } = this.options;
    return new Redis({
      port: port ?? SENTINEL_PORT,
      ...(host !== undefined && { host }),
      ...(family !== undefined && { family }),
      ...(sentinelUsername !== undefined && { username: sentinelUsername }),
      ...(sentinelPassword !== undefined && { password: sentinelPassword }),
      ...(sentinelTLS !== undefined && { tls: sentinelTLS }),
      ...(connectTimeout !== undefined && { connectTimeout }),
      lazyConnect: true,
      enableReadyCheck: false,
      enableOfflineQueue: false,
      autoResubscribe: false,
      keepAlive: 10_000,
      disconnectTimeout: 200,
      retryStrategy: () => RETRY_MS,
    });
  }
}
