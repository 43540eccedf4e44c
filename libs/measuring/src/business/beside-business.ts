import { startMariadb, startMemcached, type ThrowawayServer } from 'throwaway-servers';
import { ChildProcess } from '../processes/child-process.js';
import { shuffled } from '../statistics.js';
import { type BusinessLatency, BusinessLoad } from './business-load.js';
import type { SessionLoadProtocol } from './protocol.js';

const SETTLE_MS = 500;
/** Below that part of the session requests asked for, the machine is too slow for the figures to mean anything. */
const LEAST_RATE = 0.8;

/** Where the sessions are while the business queries are measured. */
export const PLACES = ['nowhere', 'the same database', 'a database of their own', 'memcached'] as const;
/** One of these places. */
export type Place = (typeof PLACES)[number];

/** How it is measured. */
export interface SessionsBeside {
  readonly places: readonly Place[];
  readonly rounds: number;
  /** Length of one measurement, in milliseconds. */
  readonly ms: number;
  /** Session requests; one in four of them is a write. */
  readonly perSecond: number;
  readonly progress: (text: string) => void;
  /** Ends it after the measurement under way; what was measured until then is answered. */
  readonly signal?: AbortSignal;
}

/** Where the sessions of a place are, and the process that will use them. */
interface SessionLoad {
  readonly url: string;
  readonly process: ChildProcess<SessionLoadProtocol>;
}

/** None for the place without sessions. */
type SessionLoads = ReadonlyMap<Place, SessionLoad>;

/** What sessions cost the business queries of a database, by place: one latency for each round. The places of a round are measured in a random order. */
export async function measureBesideBusiness(
  options: SessionsBeside,
): Promise<ReadonlyMap<Place, readonly BusinessLatency[]>> {
  const servers = await startAll([startMariadb, startMariadb, startMemcached]);
  const [same = '', own = '', memcached = ''] = servers.map(({ url }) => url);
  try {
    const business = await BusinessLoad.open(same);
    const loads = new Map<Place, SessionLoad>();
    try {
      loads.set('the same database', loadOf(same));
      loads.set('a database of their own', loadOf(own));
      loads.set('memcached', loadOf(memcached));
      return await rounds(options, loads, business);
    } finally {
      await Promise.allSettled([...loads.values()].map((load) => load.process.stop()));
      await business.close();
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function startAll(starts: readonly (() => Promise<ThrowawayServer>)[]): Promise<readonly ThrowawayServer[]> {
  const attempts = await Promise.allSettled(starts.map((start) => start()));
  const started = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
  const failed = attempts.find((attempt) => attempt.status === 'rejected');
  if (failed === undefined) return started;
  await Promise.all(started.map((server) => server.stop()));
  throw failed.reason;
}

function loadOf(url: string): SessionLoad {
  return { url, process: new ChildProcess(new URL('session-load.js', import.meta.url), { core: undefined }) };
}

async function rounds(
  options: SessionsBeside,
  loads: SessionLoads,
  business: BusinessLoad,
): Promise<ReadonlyMap<Place, readonly BusinessLatency[]>> {
  const { places, progress, signal } = options;
  const measured = new Map<Place, BusinessLatency[]>(places.map((place) => [place, []]));
  for (let round = 0; round <= options.rounds; round += 1) {
    for (const place of shuffled(places)) {
      if (signal?.aborted === true) return measured;
      progress(`round ${round} of ${options.rounds}: sessions in ${place}`);
      const latency = await measureWith(loads.get(place), business, options);
      // The first round warms up.
      if (round > 0) measured.get(place)?.push(latency);
    }
  }
  return measured;
}

async function measureWith(
  load: SessionLoad | undefined,
  business: BusinessLoad,
  { ms, perSecond }: SessionsBeside,
): Promise<BusinessLatency> {
  if (load === undefined) return business.measure(ms);
  await load.process.ask('begin', { url: load.url, perSecond });
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const latency = await business.measure(ms);
  const rate = await load.process.ask('end', undefined);
  if (rate < perSecond * LEAST_RATE) throw new Error(`only ${rate.toFixed(0)} session requests a second were made`);
  return latency;
}
