import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { figureOf, LOOPBACK } from 'shared-session-demo/lab';
import { closing } from './closing.js';
import type { OwnTrial } from './own-trial.js';

const FORGERIES = 50;

/** Claims C2 and K3: the plain way of keeping a session in the cookie, and what it takes to become somebody else. */
export const PLAIN_COOKIE: OwnTrial = {
  name: 'plain-cookie',
  way: 'cookie',
  title: 'Change a plain cookie',
  explanation:
    'A small server keeps the session as JSON in base64 in the cookie, neither signed nor sealed, as in many a tutorial. ' +
    'A visitor logs in, writes another name into the cookie, and asks who they are.',
  run: async ({ signal }) =>
    closing(async (later) => {
      const server = createServer(answer).listen(0, LOOPBACK);
      later(() => end(server));
      await once(server, 'listening');
      const url = `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`;
      let accepted = 0;
      for (let count = 0; count < FORGERIES; count += 1) {
        if (await isBelieved(url, `admin-${count}`, signal)) accepted += 1;
      }
      return {
        summary: `${accepted} of ${FORGERIES} forged plain cookies were believed.`,
        figures: [
          figureOf({ name: 'forgeries accepted', unit: 'cookies', good: 'low' }, accepted),
          figureOf({ name: 'forgeries tried', unit: 'cookies' }, FORGERIES),
        ],
        picture: {
          kind: 'bars',
          unit: 'cookies',
          bars: [
            { name: 'believed', value: accepted },
            { name: 'refused', value: FORGERIES - accepted },
          ],
        },
      };
    }),
};

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'POST') response.setHeader('Set-Cookie', `session=${encoded('ann')}; Path=/; HttpOnly`);
  response.end(JSON.stringify({ principal: principalOf(request.headers.cookie ?? '') }));
}

function encoded(principal: string): string {
  return Buffer.from(JSON.stringify({ principal })).toString('base64url');
}

function principalOf(cookies: string): string | null {
  const [, value] = /(?:^|; )session=([^;]+)/.exec(cookies) ?? [];
  if (value === undefined) return null;
  try {
    return (JSON.parse(Buffer.from(value, 'base64url').toString()) as { principal: string }).principal;
  } catch {
    return null;
  }
}

/** Logs in as ann, changes the name inside the cookie that came back, and looks who the server takes that for. */
async function isBelieved(url: string, name: string, signal: AbortSignal): Promise<boolean> {
  const login = await fetch(url, { method: 'POST', signal });
  const own = /^session=([^;]+)/.exec(login.headers.getSetCookie()[0] ?? '')?.[1] ?? '';
  const text = Buffer.from(own, 'base64url').toString().replace('ann', name);
  const response = await fetch(url, {
    headers: { cookie: `session=${Buffer.from(text).toString('base64url')}` },
    signal,
  });
  return ((await response.json()) as { principal: string | null }).principal === name;
}

async function end(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
