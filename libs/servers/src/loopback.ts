import { connect, createServer, type Server } from 'node:net';

/** Everything here listens and connects on this address alone. */
export const LOOPBACK = '127.0.0.1';

/** Listens on a port of the loopback interface, on a free one for 0, and answers which. */
export async function listenOnLoopback(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** A port of the loopback interface on which nobody listened a moment ago; for 0 any one. Throws when somebody does. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer();
  const port = await listenOnLoopback(server, wanted);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  return port;
}

/** Sends one request and answers the first bytes that come back, as text; undefined when none come within `ms`. */
export async function ask(port: number, request: string | Uint8Array, ms = 1_000): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: LOOPBACK });
    const finish = (answer?: string): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ms, () => finish());
    socket.once('error', () => finish());
    socket.once('close', () => finish());
    socket.once('data', (bytes) => finish(bytes.toString('latin1')));
    socket.write(request);
  });
}
