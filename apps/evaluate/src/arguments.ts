import { parseArgs } from 'node:util';
import { EXPERIMENTS, reasonOf } from 'shared-session-demo/lab';
import { SPEED } from './speed/speed-trials.js';
import { BUSINESS } from './trials/business.js';
import { OWN_TRIALS } from './trials/own-trials.js';
import { WAYS } from './ways.js';

/** What was asked for on the command line. */
export interface EvaluateOptions {
  readonly pace: 'quick' | 'thorough';
  /** Ways, or ways with one experiment, as `redis/jump`; empty for everything. */
  readonly only: readonly { readonly way: string; readonly experiment: string | undefined }[];
  /** The folder that the reports are written to. */
  readonly out: string;
  /** Also into the README and `docs`. */
  readonly publish: boolean;
  /** A folder with the results of an earlier run, which is reported again instead of measuring. */
  readonly from: string | undefined;
}

/** What `--help` prints. */
export const USAGE = `npm run evaluate -- [--quick]          smaller rounds, some 3 minutes; without it under 15
                    [--only WORDS]     ways, or one experiment of a way: --only redis,mysql or --only redis/jump,files
                    [--out DIR]        where the reports go; default evaluation
                    [--publish]        also puts chart and table of a whole, thorough run into README.md and docs
                    [--from DIR]       reports the results of an earlier run again, without measuring
ways: ${WAYS.map(({ name }) => name).join(' ')}
experiments: ${experimentNames().join(' ')}`;

const FLAGS = {
  quick: { type: 'boolean', default: false },
  only: { type: 'string' },
  out: { type: 'string', default: 'evaluation' },
  publish: { type: 'boolean', default: false },
  from: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** The command line makes no sense; the message is one line that says what would. */
export class UsageError extends Error {}

/** Reads the command line; 'help' when that is all that was asked. Throws `UsageError`. */
export function parseArguments(words: readonly string[]): EvaluateOptions | 'help' {
  const flags = readFlags(words);
  if (flags.help) return 'help';
  if (flags.publish && (flags.quick || flags.only !== undefined)) {
    throw new UsageError('--publish is for a whole run, without --only and --quick');
  }
  return {
    pace: flags.quick ? 'quick' : 'thorough',
    only: flags.only === undefined ? [] : flags.only.split(',').map(placeNamed),
    out: flags.out,
    publish: flags.publish,
    from: flags.from,
  };
}

/** The command that does the same again, without the folders of this machine. */
export function commandOf({ pace, only }: Pick<EvaluateOptions, 'pace' | 'only'>): string {
  const places = only.map(({ way, experiment }) => (experiment === undefined ? way : `${way}/${experiment}`));
  const flags = [
    ...(pace === 'quick' ? ['--quick'] : []),
    ...(places.length > 0 ? [`--only ${places.join(',')}`] : []),
  ];
  return flags.length === 0 ? 'npm run evaluate' : `npm run evaluate -- ${flags.join(' ')}`;
}

/** Whether an experiment of a way was asked for. */
export function isWanted({ only }: Pick<EvaluateOptions, 'only'>, way: string, experiment?: string): boolean {
  if (only.length === 0) return true;
  return only.some(
    (place) =>
      place.way === way &&
      (experiment === undefined || place.experiment === undefined || place.experiment === experiment),
  );
}

function experimentNames(): string[] {
  return [...EXPERIMENTS, ...OWN_TRIALS].map(({ name }) => name).concat(SPEED, BUSINESS);
}

function placeNamed(text: string): EvaluateOptions['only'][number] {
  const [way = '', experiment, ...rest] = text.split('/');
  if (!WAYS.some(({ name }) => name === way)) {
    throw new UsageError(`--only: there is no way "${way}", but ${WAYS.map(({ name }) => name).join(', ')}`);
  }
  if (rest.length > 0 || (experiment !== undefined && !experimentNames().includes(experiment))) {
    throw new UsageError(`--only: there is no experiment in "${text}", but ${experimentNames().join(', ')}`);
  }
  return { way, experiment };
}

function readFlags(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: FLAGS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const [complaint] = reasonOf(error).split(/\. |\n/);
    throw new UsageError(`${complaint}; npm run evaluate -- --help shows what there is`);
  }
}
