export type { Fault, FaultDirection } from './fault.js';
export { FaultProxy } from './fault-proxy.js';
export { ask, freePort } from './loopback.js';
export { MemcachedAdmin } from './memcached-admin.js';
export { MEMCACHED, type MemcachedServerOptions, startMemcached } from './memcached-server.js';
export {
  MARIADB,
  type MariadbPair,
  type MariadbServerOptions,
  startMariadb,
  startMariadbPair,
} from './mariadb-server.js';
export { startSentinel, type SentinelOptions } from './redis-sentinel.js';
export { REDIS, startRedis, type RedisServerOptions } from './redis-server.js';
export { installPackage, installServer } from './server-installation.js';
export { findServer, MissingServerError, requireServer, type ServerSoftware } from './server-software.js';
export { ThrowawayServer, type ServerRecipe, type ThrowawayServerOptions } from './throwaway-server.js';
