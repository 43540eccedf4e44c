import { installServer, MARIADB, MEMCACHED, REDIS } from 'throwaway-servers';
import { CHROMIUM } from './chromium.js';
import { onlyForeignRedis, SPECS_WITH_THEIR_OWN_REDIS } from './stores/redis.js';

/** Before all tests: what they need is on this machine, or it is said what to do, and the run fails. */
export default async function setup(): Promise<void> {
  await installServer(MEMCACHED);
  await installServer(MARIADB);
  await installServer(CHROMIUM);
  if (!onlyForeignRedis()) {
    await installServer(REDIS);
    return;
  }
  console.warn(
    `redis-server is not on this machine; using REDIS_URL. NOT RUN, because they break or empty their Redis: ${SPECS_WITH_THEIR_OWN_REDIS.join(', ')}`,
  );
}
