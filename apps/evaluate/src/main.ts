import { setMaxListeners } from 'node:events';
import { machine, Progress, versions } from 'measuring';
import { reasonOf } from 'shared-session-demo/lab';
import { commandOf, type EvaluateOptions, parseArguments, USAGE, UsageError } from './arguments.js';
import { Evaluation } from './evaluation.js';
import { publish, PublishError } from './publish.js';
import { readResults, writeReports } from './report/reports.js';
import type { Results } from './results.js';

const EXIT_FAILED = 1;
const EXIT_INTERRUPTED = 130;

/** Aborts with the first signal that means the end; any more of them change nothing, as npm and a terminal send them twice. */
function untilSignal(): AbortSignal {
  const ending = new AbortController();
  // Every request under way listens to it; Node warns of more than ten.
  setMaxListeners(0, ending.signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => ending.abort(new Error('The run was ended')));
  }
  return ending.signal;
}

async function measure(options: EvaluateOptions, signal: AbortSignal): Promise<Results> {
  const began = performance.now();
  const at = new Date().toISOString();
  const progress = new Progress();
  const evaluation = new Evaluation(options, (text) => progress.show(text), signal);
  try {
    await evaluation.run();
  } finally {
    progress.end();
  }
  return {
    at,
    command: commandOf(options),
    machine: machine(),
    versions: versions(),
    pace: options.pace,
    seconds: (performance.now() - began) / 1_000,
    interrupted: signal.aborted,
    trials: evaluation.trials,
  };
}

/** The whole command. Returns the exit code. */
async function run(words: readonly string[]): Promise<number> {
  const options = parseArguments(words);
  if (options === 'help') {
    console.log(USAGE);
    return 0;
  }
  const signal = untilSignal();
  const results = options.from === undefined ? await measure(options, signal) : await readResults(options.from);
  const files = await writeReports(results, options.out);
  console.log(`${results.interrupted ? 'ended early; ' : ''}written: ${files.join(', ')}`);
  if (options.publish) console.log(`published: ${(await publish(results)).join(', ')}`);
  return signal.aborted ? EXIT_INTERRUPTED : 0;
}

try {
  process.exit(await run(process.argv.slice(2)));
} catch (error) {
  const isPlain = error instanceof UsageError || error instanceof PublishError;
  console.error(isPlain ? error.message : `The evaluation failed: ${reasonOf(error)}`);
  process.exit(EXIT_FAILED);
}
