import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** The sockets to servers that this process opens while `work` goes on. */
export async function openedSockets(work: () => Promise<unknown>): Promise<Socket[]> {
  const sockets: Socket[] = [];
  const note = (message: unknown): void => {
    sockets.push((message as { socket: Socket }).socket);
  };
  subscribe('net.client.socket', note);
  try {
    await work();
    return sockets;
  } finally {
    unsubscribe('net.client.socket', note);
  }
}
