import { createClient } from 'redis';

/** `default`: only what must be said. `best`: the options with which it does the least work. */
export type PeerForm = 'default' | 'best';

/** Both peers sign their cookies; 32 characters is what @fastify/session asks for at least. */
export const SECRET = 'the benchmark signs with this only';

/** The client that connect-redis 9 takes. */
export async function connectedRedis(url: string): Promise<unknown> {
  const client = createClient({ url });
  client.on('error', (error: Error) => console.error(`node-redis: ${error.message}`));
  await client.connect();
  return client;
}
