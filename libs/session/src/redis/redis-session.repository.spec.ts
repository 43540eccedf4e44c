import { afterAll, beforeAll, describe, it } from 'vitest';
import { startRedis, type ThrowawayServer } from 'throwaway-servers';
import { sessionRepositoryCompliance } from '../testing/index.js';
import { redisSessions } from './index.js';

let server: ThrowawayServer;
let stores = 0;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

sessionRepositoryCompliance({ describe, it }, 'Redis', () => {
  const prefix = `compliance-${stores++}:`;
  return { a: redisSessions(server.url, { prefix }), b: redisSessions(server.url, { prefix }) };
});
