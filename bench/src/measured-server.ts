import type { Contender, Route } from './contenders.js';
import { ChildProcess, CITY, type Target } from 'measuring';
import type { ServerProtocol } from './server/protocol.js';

const REQUESTS = {
  noop: { method: 'GET', path: '/noop', holds: JSON.stringify({ ok: true }) },
  read: { method: 'GET', path: '/read', holds: JSON.stringify({ city: CITY }) },
  write: { method: 'POST', path: '/write', holds: JSON.stringify({ ok: true }) },
} as const satisfies Record<Route, Pick<Target, 'method' | 'path' | 'holds'>>;

/** The server process of one contender, with a session of one kilobyte for each connection. */
export class MeasuredServer {
  private constructor(
    readonly contender: Contender,
    private readonly process: ChildProcess<ServerProtocol>,
    private readonly port: number,
    private readonly cookies: readonly string[],
  ) {}

  /** Starts the process, then opens the sessions: one for each connection that will be used. */
  static async start(
    contender: Contender,
    process: ChildProcess<ServerProtocol>,
    connections: number,
  ): Promise<MeasuredServer> {
    const port = await process.ask('listen', undefined);
    const cookies: string[] = [];
    for (let index = 0; index < connections; index += 1) cookies.push(await openSession(contender, port));
    return new MeasuredServer(contender, process, port, cookies);
  }

  /** The requests of a route. */
  target(route: Route): Target {
    return { ...REQUESTS[route], port: this.port, cookies: this.cookies };
  }

  /** CPU microseconds that the process has used so far. */
  cpuTime(): Promise<number> {
    return this.process.ask('cpuTime', undefined);
  }

  /** Samples the call stack while something is done, and writes what was seen. */
  async profile<T>(path: string, work: () => Promise<T>): Promise<T> {
    await this.process.ask('profile', undefined);
    const result = await work();
    await this.process.ask('writeProfile', path);
    return result;
  }
}

/** The cookie to present, as `name=value`. */
async function openSession(contender: Contender, port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/start`, { method: 'POST' });
  const [cookie] = response.headers.getSetCookie();
  // Without sessions there is none to present; the request is as large as the others'.
  if (contender.kind === 'without') return `sid=${'x'.repeat(43)}`;
  if (!response.ok || cookie === undefined) throw new Error(`${contender.id} opened no session: ${response.status}`);
  return cookie.split(';', 1)[0] ?? '';
}
