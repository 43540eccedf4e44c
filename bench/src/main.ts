import { type BenchOptions, parseArguments, USAGE, UsageError } from './arguments.js';
import { Benchmark } from './benchmark.js';
import { machine, Progress, sampleSession, versions } from 'measuring';
import { businessTable } from './business-table.js';
import { figuresOf } from './figures.js';
import { profileContenders } from './profile/profile-contenders.js';
import { writeChart } from './report/chart.js';
import { RESULTS } from './report/results-folder.js';
import { writeJson } from './report/results-json.js';
import { figureTable, measurementTables } from './report/tables.js';
import { CONNECTIONS, TestBed } from './test-bed.js';

const EXIT_MISSED = 1;
const EXIT_FAILED = 2;
const EXIT_INTERRUPTED = 130;

/** The whole command. Returns the exit code. */
async function run(options: BenchOptions): Promise<number> {
  if (options.business) return Promise.race([besideBusiness(), untilSignal()]);
  const bed = await TestBed.open(options.contenders);
  try {
    const work = options.profile ? profileContenders(bed, options) : compare(bed, options);
    return await Promise.race([work, untilSignal()]);
  } finally {
    await bed.close();
  }
}

async function besideBusiness(): Promise<number> {
  const progress = new Progress();
  const table = await businessTable((text) => progress.show(text));
  progress.end();
  console.log(table);
  return 0;
}

/** Measures, prints, writes. */
async function compare(bed: TestBed, options: BenchOptions): Promise<number> {
  const progress = new Progress();
  console.log(introduction(bed, options));
  const measurements = await new Benchmark(bed, options, (text) => progress.show(text)).run();
  progress.end();
  const figures = figuresOf(measurements);
  console.log(`\n${measurementTables(measurements)}\n\n${figureTable(figures)}`);
  const files = [await writeJson(measurements, figures, options), await writeChart(measurements)];
  console.log(`\nwritten: ${files.join(', ')} in ${RESULTS}`);
  return options.strict && figures.some(({ verdict }) => verdict === 'MISS' || verdict === 'TOO NOISY')
    ? EXIT_MISSED
    : 0;
}

function introduction({ cores }: TestBed, { rounds, generations, seconds }: BenchOptions): string {
  const pinned =
    cores.server === undefined
      ? 'nothing is pinned to a core (taskset or a second core is missing): expect noise'
      : `servers on core ${cores.server}, load and stores on core ${cores.others}`;
  const sessionBytes = JSON.stringify(sampleSession()).length;
  const list = Object.entries(versions()).map(([name, version]) => `${name} ${version}`);
  return `${machine()}; ${pinned}\n${list.join(', ')}\n${rounds} rounds of ${seconds} s over ${generations} sets of fresh processes, ${CONNECTIONS} connections, ${sessionBytes} bytes of session data`;
}

function untilSignal(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve(EXIT_INTERRUPTED));
  });
}

try {
  const options = parseArguments(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  else process.exit(await run(options));
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exit(EXIT_FAILED);
}
