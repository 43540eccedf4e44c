import { parseArgs } from 'node:util';
import { CONTENDERS, type Contender, contendersNamed, type Route, ROUTES } from './contenders.js';

/** What was asked for on the command line. */
export interface BenchOptions {
  readonly contenders: readonly Contender[];
  readonly routes: readonly Route[];
  /** Times that every contender is measured on every route. */
  readonly rounds: number;
  /** Times that all servers are started afresh; the rounds are spread over them. */
  readonly generations: number;
  /** Length of one measurement. */
  readonly seconds: number;
  /** Exit code 1 when a figure is missed. */
  readonly strict: boolean;
  /** Instead of measuring: where the CPU time goes. */
  readonly profile: boolean;
  /** Instead of measuring: business queries with the sessions in their database and elsewhere. */
  readonly business: boolean;
}

export const USAGE = `npm run bench -- [--rounds 12] [--seconds 0.5] [--generations 3]   under 8 minutes
                 [--quick]              fewer and shorter rounds, under 90 seconds: for a first look
                 [--only WORDS]         contenders whose name holds one of the words: --only fastify/shared,fastify/hand
                 [--route ROUTES]       noop, read, write
                 [--strict]             exit code 1 when a figure is missed
                 [--profile WORDS]      where these contenders' CPU time goes, per function and request, side by side
                 [--business]           business queries with the sessions in the same MySQL and in one of their own, a minute and a half
contenders: ${CONTENDERS.map(({ id }) => id).join(' ')}`;

const FLAGS = {
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  generations: { type: 'string' },
  quick: { type: 'boolean', default: false },
  only: { type: 'string', default: '' },
  route: { type: 'string', default: ROUTES.join(',') },
  strict: { type: 'boolean', default: false },
  profile: { type: 'string' },
  business: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const FULL = { rounds: 12, seconds: 0.5, generations: 3 };
const QUICK = { rounds: 3, seconds: 0.2, generations: 1 };
/** A profile needs many samples of few functions. */
const PROFILE_SECONDS = 4;

/** The command line makes no sense; the message says what would. */
export class UsageError extends Error {}

/** Reads the command line; 'help' when that is all that was asked. Throws `UsageError`. */
export function parseArguments(words: readonly string[]): BenchOptions | 'help' {
  const flags = readFlags(words);
  if (flags.help) return 'help';
  const defaults = flags.quick ? QUICK : FULL;
  const contenders = contendersNamed(list(flags.profile ?? flags.only));
  if (contenders.length === 0)
    throw new UsageError(`no contender is called so; there are\n${USAGE.split('\n').at(-1)}`);
  const generations = whole('--generations', flags.generations ?? String(defaults.generations));
  return {
    contenders,
    routes: list(flags.route).map(routeNamed),
    rounds: Math.max(whole('--rounds', flags.rounds ?? String(defaults.rounds)), generations),
    generations,
    seconds: positive(
      '--seconds',
      flags.seconds ?? String(flags.profile === undefined ? defaults.seconds : PROFILE_SECONDS),
    ),
    strict: flags.strict,
    profile: flags.profile !== undefined,
    business: flags.business,
  };
}

function readFlags(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: FLAGS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function list(text: string): string[] {
  return text.split(',').filter((word) => word !== '');
}

function routeNamed(text: string): Route {
  const route = ROUTES.find((name) => name === text);
  if (route === undefined) throw new UsageError(`--route is one or more of ${ROUTES.join(',')}, not "${text}"`);
  return route;
}

function positive(flag: string, text: string): number {
  const number = Number(text);
  if (!(number > 0) || number > 1_000) throw new UsageError(`${flag} is a number above 0, not "${text}"`);
  return number;
}

function whole(flag: string, text: string): number {
  const number = positive(flag, text);
  if (!Number.isInteger(number)) throw new UsageError(`${flag} is a whole number, not "${text}"`);
  return number;
}
