import { once } from 'node:events';
import { createServer } from 'node:net';
import { LOOPBACK } from './loopback.js';

const LOWEST_PORT = 20_000;
const PLACES = 1_200;
const STEP = 10;

/** The first of so many free ports in a row (at most 10), below those that systems hand out themselves. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = LOWEST_PORT + Math.floor(Math.random() * PLACES) * STEP;
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
