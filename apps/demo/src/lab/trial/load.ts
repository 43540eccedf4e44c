import { setTimeout as delay } from 'node:timers/promises';
import type { Lab } from '../lab.js';
import { eachAtOnce } from './at-once.js';
import type { Sample } from './availability.js';
import { patientLook } from './patient-look.js';
import { Visitor } from './visitor.js';
import { Writer, type Written } from './writer.js';

const USER = 'somebody';

/** On a busy machine not everybody gets in at the first attempt; what is measured begins afterwards. */
const AT_ONCE = 4;
const LOGIN_ATTEMPTS = 5;
const BETWEEN_ATTEMPTS_MS = 200;

/** Together they read as often as one would; so many that some have their sessions on a server that lives. */
const READERS = 4;
const WRITERS = { quick: 2, thorough: 4 } as const;

/** Reads begin at this pace whether or not those before were answered, so that a standstill is seen as long as it is. */
const READ_EVERY_MS = 20;
const PAUSE_BETWEEN_WRITES_MS = 15;

/** How many people are logged in and do nothing. */
const IDLE = { quick: 30, thorough: 40 } as const;

/** What became of the sessions. */
export interface Aftermath {
  readonly written: readonly Written[];
  /** All sessions that somebody was logged in with, and how many of them are gone, or could not be asked for. */
  readonly sessions: number;
  readonly sessionsLost: number;
  readonly sessionsUnknown: number;
}

/** Visitors at the balancer: some read all the time, some write all the time, some are only logged in. */
export class Load {
  readonly samples: Sample[] = [];
  private readonly began = performance.now();
  private readonly pending = new Set<Promise<void>>();
  private ended = false;

  private constructor(
    private readonly readers: readonly Visitor[],
    private readonly writers: readonly Writer[],
    private readonly idle: readonly Visitor[],
  ) {}

  /** Logs everybody in, and lets them begin. Throws when somebody cannot log in. */
  static async begin(lab: Lab, pace: 'quick' | 'thorough', signal: AbortSignal): Promise<Load> {
    const people = (count: number): Promise<Visitor[]> =>
      eachAtOnce(Array.from({ length: count }), AT_ONCE, () => loggedIn(lab, signal));
    const [readers, writers, idle] = [await people(READERS), await people(WRITERS[pace]), await people(IDLE[pace])];
    const load = new Load(
      readers,
      writers.map((visitor) => new Writer(visitor, USER)),
      idle,
    );
    load.keep(load.read());
    for (const writer of load.writers) load.keep(load.write(writer));
    return load;
  }

  /** Milliseconds since the start. */
  get nowMs(): number {
    return performance.now() - this.began;
  }

  /** Ends the load; resolves when everything under way has ended. */
  async end(): Promise<void> {
    this.ended = true;
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  /** Asks for everything that was acknowledged. */
  async check(): Promise<Aftermath> {
    const written = await Promise.all(this.writers.map((writer) => writer.check()));
    const looks = await Promise.all([...this.readers, ...this.idle].map((visitor) => patientLook(visitor)));
    const answered = looks.filter(({ acknowledged }) => acknowledged);
    const unanswered = written.filter((one) => one.unanswered).length;
    return {
      written,
      sessions: written.length + looks.length,
      sessionsLost:
        written.filter(({ sessionLost }) => sessionLost).length +
        answered.filter(({ session }) => session.principal !== USER).length,
      sessionsUnknown: unanswered + looks.length - answered.length,
    };
  }

  /** Who failed to be told of an abort has nothing more to say: the experiment itself throws it. */
  private keep(work: Promise<void>): void {
    const settled = work.catch(() => undefined).then(() => void this.pending.delete(settled));
    this.pending.add(settled);
  }

  private async read(): Promise<void> {
    for (let count = 0; !this.ended; count += 1) {
      const reader = this.readers[count % this.readers.length];
      if (reader !== undefined) this.keep(this.sample(reader));
      await delay(READ_EVERY_MS);
    }
  }

  private async sample(reader: Visitor): Promise<void> {
    const atMs = this.nowMs;
    const { acknowledged, session, ms } = await reader.look();
    this.samples.push({ atMs, ms, answered: acknowledged && session.principal === USER });
  }

  private async write(writer: Writer): Promise<void> {
    while (!this.ended) {
      await writer.write();
      await delay(PAUSE_BETWEEN_WRITES_MS);
    }
  }
}

async function loggedIn(lab: Lab, signal: AbortSignal): Promise<Visitor> {
  for (let attempt = 1; ; attempt += 1) {
    const visitor = new Visitor(lab.url, signal);
    const { acknowledged, status } = await visitor.login(USER);
    if (acknowledged) return visitor;
    if (attempt === LOGIN_ATTEMPTS) throw new Error(`A login before anything was broken was answered with ${status}`);
    await delay(BETWEEN_ATTEMPTS_MS, undefined, { signal });
  }
}
