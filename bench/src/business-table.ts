import { type BusinessLatency, measureBesideBusiness, median, PLACES, type Place, textTable } from 'measuring';

const PER_SECOND = 400;
const ROUNDS = 7;
const MEASURED_MS = 2_500;

/** What sessions cost the business queries of the database that they share, and what of it goes away elsewhere, as a table. */
export async function businessTable(progress: (text: string) => void): Promise<string> {
  return tableOf(
    await measureBesideBusiness({ places: PLACES, rounds: ROUNDS, ms: MEASURED_MS, perSecond: PER_SECOND, progress }),
  );
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
