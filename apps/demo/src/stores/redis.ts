import { redisSessions } from 'nestjs-shared-session/redis';
import { MissingServerError, startRedis } from 'throwaway-servers';
import { DemoFailure, reasonOf } from '../demo-failure.js';
import type { DemoStore, OpenedStore } from './demo-store.js';

/** One Redis that all instances share. */
export const REDIS: DemoStore = {
  open: async (url) => (url === undefined ? openThrowaway() : openGiven(url)),
  repository: (url) => redisSessions(url),
};

async function openThrowaway(): Promise<OpenedStore> {
  try {
    const server = await startRedis();
    return {
      address: server.url,
      description: `${server.url} (throw-away)`,
      close: () => server.stop(),
    };
  } catch (error) {
    if (!(error instanceof MissingServerError)) throw new DemoFailure(reasonOf(error));
    throw new DemoFailure(
      'redis-server is not on this machine: install it (Debian, Ubuntu: apt-get install redis-server) ' +
        'or give the address of one that runs with --url redis://host:port',
    );
  }
}

function openGiven(text: string): OpenedStore {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') {
    throw new DemoFailure('--url of the redis store looks like redis://host:port');
  }
  return { address: text, description: `${url.protocol}//${url.host}${url.pathname}`, close: async () => {} };
}
