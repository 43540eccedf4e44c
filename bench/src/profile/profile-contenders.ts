import type { BenchOptions } from '../arguments.js';
import { type Contender, type Route, ROUTES } from '../contenders.js';
import { RESULTS, resultPath } from '../report/results-folder.js';
import { textTable } from 'measuring';
import type { TestBed } from '../test-bed.js';
import { selfParts } from './self-times.js';

/** To each route, as before a measurement: what V8 has seen of one changes how it compiles another. */
const WARM_UP_REQUESTS = 6_000;
const ROWS = 45;

/** One contender's functions: name to microseconds per request. */
type Column = { readonly title: string; readonly times: ReadonlyMap<string, number> };

/** Profiles contenders one after the other and prints their functions side by side. Always 0: there is nothing to miss. */
export async function profileContenders(bed: TestBed, options: BenchOptions): Promise<number> {
  for (const route of options.routes) {
    const columns: Column[] = [];
    for (const contender of options.contenders.filter((each) => each.routes.includes(route) && !each.again)) {
      console.error(`profiling ${contender.id} on ${route}`);
      columns.push(await profileOne(bed, contender, route, options.seconds));
    }
    if (columns.length > 0) console.log(`\n${route}, µs per request in each function itself\n${tableOf(columns)}`);
  }
  console.log(`\n.cpuprofile files are in ${RESULTS}`);
  return 0;
}

async function profileOne(bed: TestBed, contender: Contender, route: Route, seconds: number): Promise<Column> {
  const server = await bed.startServer(contender);
  const path = await resultPath(`${contender.id.replaceAll('/', '-')}-${route}.cpuprofile`);
  for (const each of [...ROUTES, route])
    await bed.connected(server.target(each), (drive) => drive({ requests: WARM_UP_REQUESTS }));
  const cpu = await bed.connected(server.target(route), async (drive) => {
    const before = await server.cpuTime();
    const { requests } = await drive({ ms: seconds * 1_000 });
    const perRequest = ((await server.cpuTime()) - before) / requests;
    // The profiler costs time itself, so what is profiled is not what is measured.
    await server.profile(path, () => drive({ ms: seconds * 1_000 }));
    return perRequest;
  });
  await bed.stopServers();
  const parts = await selfParts(path);
  return { title: contender.id, times: new Map([...parts].map(([name, part]) => [name, part * cpu])) };
}

/** The functions in whose cost the columns differ most; those of a single column that cost most. */
function tableOf(columns: readonly Column[]): string {
  const names = [...new Set(columns.flatMap(({ times }) => [...times.keys()]))];
  const rows = names
    .map((name) => ({ name, costs: columns.map(({ times }) => times.get(name) ?? 0) }))
    .toSorted((a, b) => spread(b.costs) - spread(a.costs))
    .slice(0, ROWS);
  return textTable([
    ['', ...columns.map(({ title }) => title)],
    ['all', ...columns.map(({ times }) => [...times.values()].reduce((sum, time) => sum + time, 0).toFixed(1))],
    ...rows.map(({ name, costs }) => [name, ...costs.map((cost) => cost.toFixed(2))]),
  ]);
}

function spread(costs: readonly number[]): number {
  return Math.max(...costs) - (costs.length > 1 ? Math.min(...costs) : 0);
}
