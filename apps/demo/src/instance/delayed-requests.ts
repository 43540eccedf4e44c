import type { RequestListener, Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Makes every request wait before those who listen now see it, as if the machine were slow.
 * @param waitMs asked for each request, in milliseconds; nothing waits for 0
 */
export function delayRequests(server: Server, waitMs: () => number): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  const pass: RequestListener = (request, response) => {
    for (const listener of listeners) listener.call(server, request, response);
  };
  server.on('request', (request, response) => {
    const ms = waitMs();
    if (ms === 0) pass(request, response);
    else void delay(ms).then(() => pass(request, response));
  });
}
