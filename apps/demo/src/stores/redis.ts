import { redisSessions } from 'nestjs-shared-session/redis';
import { startRedis } from 'throwaway-servers';
import { DemoFailure } from '../demo-failure.js';
import type { DemoStore, OpenedStore } from './demo-store.js';
import { openThrowaway } from './throwaway-store.js';

const URL_EXAMPLE = 'redis://host:port';

/** One Redis that all instances share. */
export const REDIS: DemoStore = {
  open: async (url) => (url === undefined ? openThrowaway(startRedis, URL_EXAMPLE) : openGiven(url)),
  repository: (url) => redisSessions(url),
};

function openGiven(text: string): OpenedStore {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') {
    throw new DemoFailure(`--url of the redis store looks like ${URL_EXAMPLE}`);
  }
  return { address: text, description: `${url.protocol}//${url.host}${url.pathname}`, close: async () => {} };
}
