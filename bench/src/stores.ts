import { startMariadb, startMemcached, startRedis, type ThrowawayServer } from 'throwaway-servers';
import {
  type CommandCounter,
  MemcachedCommands,
  moveToCore,
  MysqlCommands,
  NO_COMMANDS,
  RedisCommands,
} from 'measuring';
import type { Way } from './contenders.js';

/** What contenders of one way keep their sessions in. */
export interface Store {
  /** Empty where there is no server. */
  readonly url: string;
  readonly counter: CommandCounter;
  stop(): Promise<void>;
}

const OPEN: Readonly<Record<Way, (core: number | undefined) => Promise<Store>>> = {
  redis: (core) => overServer(startRedis(), core, (url) => new RedisCommands(url)),
  mysql: (core) => overServer(startMariadb(), core, (url) => new MysqlCommands(url)),
  memcached: (core) => overServer(startMemcached(), core, (url) => new MemcachedCommands(url)),
  cookie: async () => ({ url: '', counter: NO_COMMANDS, stop: async () => {} }),
};

/** Starts what a way needs, on this core. */
export function openStore(way: Way, core: number | undefined): Promise<Store> {
  return OPEN[way](core);
}

async function overServer(
  starting: Promise<ThrowawayServer>,
  core: number | undefined,
  counterOf: (url: string) => CommandCounter,
): Promise<Store> {
  const server = await starting;
  moveToCore(server.pid, core);
  const counter = counterOf(server.url);
  return {
    url: server.url,
    counter,
    stop: async () => {
      counter.close();
      await server.stop();
    },
  };
}
