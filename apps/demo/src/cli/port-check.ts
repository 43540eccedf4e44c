import { once } from 'node:events';
import { createServer } from 'node:net';
import { DemoFailure, reasonOf } from '../demo-failure.js';
import { LOOPBACK } from '../loopback.js';

/** Throws `DemoFailure` unless this process could listen on the port of the loopback interface. */
export async function assertPortFree(port: number, owner: string): Promise<void> {
  const server = createServer();
  try {
    server.listen({ port, host: LOOPBACK, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    throw portFailure(port, owner, error);
  }
  server.close();
  await once(server, 'close');
}

/** Why somebody could not listen on a port. */
export function portFailure(port: number, owner: string, error: unknown): DemoFailure {
  const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  const reason = inUse ? 'is in use' : `cannot be used: ${reasonOf(error)}`;
  return new DemoFailure(`Port ${port} for ${owner} ${reason}; choose others with --port`);
}
