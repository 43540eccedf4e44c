import { ask, LOOPBACK } from './loopback.js';
import type { ServerSoftware } from './server-software.js';
import { ThrowawayServer, type ServerRecipe, type ThrowawayServerOptions } from './throwaway-server.js';

/** What `installServer` and `MissingServerError` need to know about memcached. */
export const MEMCACHED: ServerSoftware = { binary: 'memcached', aptPackage: 'memcached' };

/** How a memcached of our own is started. */
export interface MemcachedServerOptions extends ThrowawayServerOptions {
  /** More of memcached's arguments; they win over ours. */
  readonly args?: readonly string[];
}

/** A request for the version in the binary protocol, which is also answered where clients have to authenticate. */
const VERSION_REQUEST = Buffer.concat([Buffer.from([0x80, 0x0b]), Buffer.alloc(22)]);
const RESPONSE = '\u0081';

/** Starts a memcached on the loopback interface, with its default size of 64 MB, and waits until it answers. */
export async function startMemcached(options: MemcachedServerOptions = {}): Promise<ThrowawayServer> {
  return ThrowawayServer.start(memcachedRecipe(options.args ?? []), options);
}

function memcachedRecipe(args: readonly string[]): ServerRecipe {
  return {
    software: MEMCACHED,
    // As root it wants to be told whom to be. Another user than now would cost us the signal at our own end.
    arguments: (port) => [
      '-l',
      LOOPBACK,
      '-p',
      String(port),
      '-U',
      '0',
      ...(process.getuid?.() === 0 ? ['-u', 'root'] : []),
      ...args,
    ],
    answers: async (port) => (await ask(port, VERSION_REQUEST))?.startsWith(RESPONSE) ?? false,
    url: (port) => `memcached://${LOOPBACK}:${port}`,
  };
}
