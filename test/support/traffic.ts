import { Client } from './client.js';
import { until } from './until.js';

interface Answer {
  readonly path: string;
  readonly at: number;
  readonly ms: number;
  readonly status: number;
}

const VISITS = 6;
const PAUSE_MS = 15;

/**
 * Users who log in, come back at one instance after the other, change something, and log out or stay, again and again. It remembers what they
 * were told, so that afterwards it can be seen whether that was true.
 */
export class Traffic {
  readonly answers: Answer[] = [];
  /** What the refused were told, and how many. */
  readonly reasons = new Map<string, number>();
  /** Answers that are neither a session's nor 503. */
  readonly strange: string[] = [];
  /** What a user saw who had been told something else. */
  readonly contradictions: string[] = [];
  private readonly staying: { user: string; client: Client }[] = [];
  private readonly leftCookies: Map<string, string>[] = [];
  private running = true;
  private readonly visitors: Promise<void>[];
  private turn = 0;

  constructor(
    private readonly urls: readonly string[],
    visitors = 8,
  ) {
    this.visitors = Array.from({ length: visitors }, (_, nth) => this.comeAndGo(nth));
  }

  /** Logins that were answered and not followed by a logout. */
  get logins(): number {
    return this.staying.length;
  }

  /** Logouts that were answered. */
  get logouts(): number {
    return this.leftCookies.length;
  }

  /** Ends the traffic. */
  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.visitors);
  }

  /** Until so many more requests of this status were answered. */
  async until(status: number, more = 1, timeout = 20_000): Promise<void> {
    const count = (): number => this.answers.filter((answer) => answer.status === status).length;
    const wanted = count() + more;
    await until(`${more} more answers with ${status}`, () => count() >= wanted, timeout);
  }

  /** Until nobody was refused for a while. */
  async untilCalm(quietMs = 1_000, timeout = 30_000): Promise<void> {
    const lastRefusal = (): number => this.answers.findLast(({ status }) => status !== 200)?.at ?? 0;
    await until('nobody is refused', () => performance.now() - lastRefusal() > quietMs, timeout);
  }

  /** From the first refusal since a moment to the last one, in milliseconds; of all requests or those of some paths. */
  outageSince(moment: number, paths = /./): { ms: number; refused: number; slowestMs: number } {
    const since = this.answers.filter(({ at, path }) => at >= moment && paths.test(path));
    const refusals = since.filter(({ status }) => status !== 200);
    const [first, last] = [refusals[0], refusals.at(-1)];
    const ms = first === undefined || last === undefined ? 0 : last.at - first.at + first.ms;
    const slowest = since.reduce((most, answer) => Math.max(most, answer.ms), 0);
    return { ms: Math.round(ms), refused: refusals.length, slowestMs: Math.round(slowest) };
  }

  /** How many answered logins are not there, and how many answered logouts did not last. A refusal says neither, so an answer is waited for. */
  async lost(): Promise<{ logins: number; logouts: number }> {
    let [logins, logouts] = [0, 0];
    for (const { user, client } of this.staying) {
      if ((await this.whoIs(client)) !== user) logins += 1;
    }
    for (const cookies of this.leftCookies) {
      const client = new Client('');
      for (const [name, value] of cookies) client.cookies.set(name, value);
      if ((await this.whoIs(client)) !== undefined) logouts += 1;
    }
    return { logins, logouts };
  }

  /** Everybody who logged in and stayed comes back once. */
  async comeBack(): Promise<void> {
    const stayed = this.staying.slice();
    for (const { user, client } of stayed) await this.look(client, user);
  }

  private async comeAndGo(nth: number): Promise<void> {
    for (let round = 0; this.running; round += 1) {
      const [user, client] = [`user-${nth}-${round}`, new Client('')];
      if ((await this.request(client, 'POST', '/login', { user })).status !== 200) continue;
      await this.visits(client, user);
      if (round % 2 === 0) this.staying.push({ user, client });
      else await this.leave(client);
    }
  }

  private async visits(client: Client, user: string): Promise<void> {
    for (let visit = 0; visit < VISITS && this.running; visit += 1) {
      await this.look(client, user);
      await this.request(client, 'PUT', `/data/visit`, { value: visit });
    }
  }

  private async look(client: Client, user: string): Promise<void> {
    const { status, principal } = await this.request(client, 'GET', '/session');
    if (status === 200 && principal !== user) this.contradictions.push(`${user} is ${principal ?? 'nobody'}`);
  }

  private async leave(client: Client): Promise<void> {
    const cookies = new Map(client.cookies);
    if ((await this.request(client, 'POST', '/logout')).status === 200) this.leftCookies.push(cookies);
  }

  private async whoIs(client: Client): Promise<string | undefined> {
    let principal: string | undefined;
    await until('the session is answered for', async () => {
      const answer = await this.ask(client, 'GET', '/me');
      principal = answer.principal;
      return answer.status !== 503;
    });
    return principal;
  }

  private async request(client: Client, method: string, path: string, body?: unknown) {
    const start = performance.now();
    const answer = await this.ask(client, method, path, body);
    const now = performance.now();
    this.answers.push({ path, at: now, ms: now - start, status: answer.status });
    if (answer.status === 503) this.reasons.set(answer.message, (this.reasons.get(answer.message) ?? 0) + 1);
    if (![200, 503].includes(answer.status)) this.strange.push(`${method} ${path}: ${answer.status}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    return answer;
  }

  private async ask(client: Client, method: string, path: string, body?: unknown) {
    const response = await client.at(this.urls[this.turn++ % this.urls.length] as string).request(method, path, body);
    const told = (await response.json().catch(() => ({}))) as { principal?: string | null; message?: string };
    return { status: response.status, principal: told.principal ?? undefined, message: told.message ?? '' };
  }
}
