import type { SessionRecord } from 'nestjs-shared-session';
import { memcachedSessions } from 'nestjs-shared-session/memcached';
import { typeormSessions } from 'nestjs-shared-session/typeorm';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { answerParent } from '../processes/answering.js';
import { sampleRecord } from '../sample-record.js';
import type { SessionLoadProtocol } from './protocol.js';

const SESSIONS = 200;
/** One of so many requests changes its session. */
const WRITE_EACH = 4;

type Sessions = ReturnType<typeof typeormSessions> | ReturnType<typeof memcachedSessions>;

/** Requests of an application as its store sees them: a read each, and of some a write. */
class SessionLoad {
  private readonly begun = performance.now();
  private readonly ending = new AbortController();
  private done = 0;

  private constructor(
    private readonly sessions: Sessions,
    private readonly perSecond: number,
    private readonly records: SessionRecord[],
  ) {
    void this.run();
  }

  static async begin(url: string, perSecond: number): Promise<SessionLoad> {
    const sessions = url.startsWith('memcached:') ? memcachedSessions(url) : typeormSessions(url);
    await sessions.onModuleInit();
    const records = Array.from({ length: SESSIONS }, () => sampleRecord());
    for (const record of records) await sessions.save(record);
    return new SessionLoad(
      sessions,
      perSecond,
      records.map((record) => ({ ...record, version: 1 })),
    );
  }

  async end(): Promise<number> {
    this.ending.abort();
    const rate = (this.done * 1_000) / (performance.now() - this.begun);
    await this.sessions.onApplicationShutdown();
    return rate;
  }

  /** Asks in time, whether or not the answers come in time. */
  private async run(): Promise<void> {
    for (let nth = 0; !this.ending.signal.aborted; nth += 1) {
      const due = this.begun + (nth * 1_000) / this.perSecond;
      if (due > performance.now()) await pause(due - performance.now());
      void this.request(nth).catch(() => undefined);
    }
  }

  private async request(nth: number): Promise<void> {
    const place = nth % this.records.length;
    const found = await this.sessions.load((this.records[place] as SessionRecord).id);
    if (found === null || 'rejected' in found) return;
    if (nth % WRITE_EACH === 0) await this.sessions.save({ ...found, writeId: randomUUID() });
    this.done += 1;
  }
}

let load: SessionLoad | undefined;

answerParent<SessionLoadProtocol>({
  begin: async ({ url, perSecond }) => {
    load = await SessionLoad.begin(url, perSecond);
    return undefined;
  },
  end: async () => (await load?.end()) ?? 0,
});
