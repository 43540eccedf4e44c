import { get } from 'node:http';

const PATIENCE_MS = 2_000;

/** Whether an instance answers at all; one whose store is down does. Never rejects, and takes two seconds at most. */
export function isAlive(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const request = get(`${url}/health/live`, { agent: false, signal }, (response) => {
      response.on('error', () => {}).resume();
      resolve(true);
    });
    request.on('error', () => resolve(false));
  });
}
