import { startMariadb, type ThrowawayServer } from 'throwaway-servers';
import { ChildProcess } from '../processes/child-process.js';
import { textTable } from '../report/text-table.js';
import { median, shuffled } from '../statistics.js';
import { type BusinessLatency, BusinessLoad } from './business-load.js';
import type { SessionLoadProtocol } from './protocol.js';

const PER_SECOND = 400;
const ROUNDS = 7;
const MEASURED_MS = 2_500;
const SETTLE_MS = 500;

/** Where the sessions are while the business queries are measured. */
const PLACES = ['nowhere', 'the same database', 'a server of their own'] as const;
type Place = (typeof PLACES)[number];

/** What sessions cost the business queries of the database that they share, and what of it goes away with a server of their own. */
export async function compareBesideBusiness(progress: (text: string) => void): Promise<string> {
  const servers = [await startMariadb(), await startMariadb()] as const;
  const business = await BusinessLoad.open(servers[0].url);
  const measured = new Map<Place, BusinessLatency[]>(PLACES.map((place) => [place, []]));
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const place of shuffled(PLACES)) {
        progress(`round ${round} of ${ROUNDS}: sessions in ${place}`);
        const latency = await measureWith(place, servers, business);
        // The first round warms up.
        if (round > 0) measured.get(place)?.push(latency);
      }
    }
  } finally {
    await business.close();
    await Promise.all(servers.map((server) => server.stop()));
  }
  return tableOf(measured);
}

async function measureWith(
  place: Place,
  [shared, own]: readonly [ThrowawayServer, ThrowawayServer],
  business: BusinessLoad,
): Promise<BusinessLatency> {
  if (place === 'nowhere') return business.measure(MEASURED_MS);
  const url = place === 'the same database' ? shared.url : own.url;
  const load = new ChildProcess<SessionLoadProtocol>(new URL('session-load.js', import.meta.url), { core: undefined });
  try {
    await load.ask('begin', { url, perSecond: PER_SECOND });
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const latency = await business.measure(MEASURED_MS);
    const rate = await load.ask('end', undefined);
    if (rate < PER_SECOND * 0.8) throw new Error(`only ${rate.toFixed(0)} session requests a second were made`);
    return latency;
  } finally {
    await load.stop();
  }
}

function tableOf(measured: ReadonlyMap<Place, readonly BusinessLatency[]>): string {
  const rows = [...measured].map(([place, latencies]) => {
    const of = (figure: keyof BusinessLatency): number[] => latencies.map((latency) => latency[figure]);
    const p99 = of('p99');
    return [
      place,
      median(of('p50')).toFixed(2),
      median(p99).toFixed(2),
      `${Math.min(...p99).toFixed(2)} to ${Math.max(...p99).toFixed(2)}`,
      median(of('perSecond')).toFixed(0),
    ];
  });
  const title = `Business queries while ${PER_SECOND} session requests a second are made, one in four of them a write; medians of ${ROUNDS} rounds`;
  return `${title}\n${textTable([['sessions in', 'p50 ms', 'p99 ms', 'p99 from to', 'queries/s'], ...rows])}`;
}
