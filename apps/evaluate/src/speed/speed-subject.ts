import { readFileSync } from 'node:fs';
import { type CommandCounter, type Cores, moveToCore, sampleSession, type Target } from 'measuring';
import { eachAtOnce, percent, Visitor } from 'shared-session-demo/lab';
import { RunningLab } from '../clusters.js';
import type { Way } from '../ways.js';
import { openSpeedStore, type SpeedStore } from './speed-stores.js';

export const ROUTES = ['read', 'write'] as const;
export type Route = (typeof ROUTES)[number];

/** Sessions, and connections that send at the same time. */
export const CONNECTIONS = 20;
/** More are made to see how much one takes in the store. */
const WEIGHED = 200;
const OPENED_AT_ONCE = 4;
/** What Linux counts CPU time in, in microseconds. */
const TICK = 10_000;

/** One way whose first instance is measured, with sessions of one kilobyte. */
export class SpeedSubject {
  private constructor(
    readonly way: Way,
    private readonly lab: RunningLab,
    private readonly store: SpeedStore,
    private readonly cookies: readonly string[],
    /** Of a session in the store; undefined where nobody can tell. */
    readonly bytesPerSession: number | undefined,
  ) {}

  /** Starts everything. Throws, with nothing left, when it does not come up. */
  static async open(way: Way, { server }: Cores, signal: AbortSignal): Promise<SpeedSubject> {
    const store = await openSpeedStore(way.name);
    let lab: RunningLab | undefined;
    try {
      lab = await RunningLab.start(way, 1, store.given);
      moveToCore(lab.pid, server);
      const url = lab.instances[0]?.url ?? '';
      const [first = ''] = await openSessions(url, 1, signal);
      const before = await store.bytes();
      const cookies = await openSessions(url, WEIGHED, signal);
      const after = await store.bytes();
      const bytes = before === undefined || after === undefined ? undefined : (after - before) / WEIGHED;
      return new SpeedSubject(way, lab, store, [first, ...cookies].slice(0, CONNECTIONS), bytes);
    } catch (error) {
      await lab?.close();
      await store.stop();
      throw error;
    }
  }

  get counter(): CommandCounter | undefined {
    return this.store.counter;
  }

  get url(): string {
    return this.lab.instances[0]?.url ?? '';
  }

  /** What a client sends with each request. */
  get cookie(): string {
    return this.cookies[0] ?? '';
  }

  target(route: Route): Target {
    const same = { port: Number(new URL(this.url).port), cookies: this.cookies, holds: '"instance":"A"' };
    if (route === 'read') return { ...same, method: 'GET', path: '/api/session' };
    const sends = ['{"value":1}', '{"value":2}'];
    return { ...same, method: 'PUT', path: '/api/session/data/visits', sends };
  }

  /** CPU microseconds that the instance has used so far, as the system counts them; NaN where it does not tell. */
  cpuTime(): number {
    try {
      const line = readFileSync(`/proc/${this.lab.pid}/stat`, 'utf8');
      const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * TICK;
    } catch {
      return Number.NaN;
    }
  }

  async close(): Promise<void> {
    await this.lab.close();
    await this.store.stop();
  }
}

/** Their cookies. Throws when one of twenty or more is not opened. */
async function openSessions(url: string, count: number, signal: AbortSignal): Promise<string[]> {
  const visitors = Array.from({ length: count }, () => new Visitor(url, signal));
  await eachAtOnce(visitors, OPENED_AT_ONCE, (visitor) => visitor.put('shop', sampleSession()));
  const cookies = visitors
    .map(({ jar }) => [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    .filter((cookie) => cookie !== '');
  if (percent(cookies.length, count) < 95) throw new Error('Sessions could not be opened');
  return cookies;
}
