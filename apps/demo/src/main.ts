import { parseArguments, USAGE } from './cli/arguments.js';
import { DemoFailure } from './demo-failure.js';
import { Demo } from './demo.js';

/** The whole command, until it fails or somebody ends it. Returns the exit code. */
async function run(words: readonly string[]): Promise<number> {
  const options = parseArguments(words);
  if (options === 'help') {
    console.log(USAGE);
    return 0;
  }
  const demo = new Demo(options, (line) => console.error(line));
  const signal = untilSignal();
  try {
    const started = await Promise.race([demo.start(), signal]);
    if (started === undefined) return 0;
    console.log(`${started.table}\nready ${started.url}`);
    await signal;
    return 0;
  } finally {
    await demo.stop();
  }
}

/** Resolves with the first signal that means the end; any more of them change nothing, as npm and a terminal send them twice. */
function untilSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve(undefined));
  });
}

try {
  process.exit(await run(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof DemoFailure ? error.message : error);
  process.exit(1);
}
