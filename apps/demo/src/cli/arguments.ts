import { parseArgs } from 'node:util';
import { DemoFailure, reasonOf } from '../demo-failure.js';
import { PLATFORMS, type PlatformName } from '../instance/platform-name.js';
import { parseDuration } from './duration.js';

/** What was asked for on the command line, checked as far as it can be without looking at the machine. */
export interface DemoOptions {
  readonly store: string;
  /** The store's address; undefined asks for a throw-away one. */
  readonly url: string | undefined;
  readonly instances: number;
  /** Of the balancer; the instances use the ports after it. */
  readonly port: number;
  readonly platform: PlatformName;
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly secure: boolean;
}

export const USAGE = `npm run demo -- [--store files|redis|memcached|mysql|cookie|replicated|memory]   default files
                [--url URL]            the store's address, or a directory for files; a throw-away one without it
                [--instances 3] [--port 3000] [--platform fastify|express]
                [--idle 30m] [--absolute 12h] [--secure]     durations as 500ms, 2s, 30m, 12h`;

const FLAGS = {
  store: { type: 'string', default: 'files' },
  url: { type: 'string' },
  instances: { type: 'string', default: '3' },
  port: { type: 'string', default: '3000' },
  platform: { type: 'string', default: 'fastify' },
  idle: { type: 'string', default: '30m' },
  absolute: { type: 'string', default: '12h' },
  secure: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Instances are named A to Z. */
const MOST_INSTANCES = 26;
const HIGHEST_PORT = 65_535;

/** Reads the command line; 'help' when that is all that was asked. Throws `DemoFailure`. */
export function parseArguments(words: readonly string[]): DemoOptions | 'help' {
  const flags = readFlags(words);
  if (flags.help) return 'help';
  const instances = wholeNumber('--instances', flags.instances, MOST_INSTANCES);
  return {
    store: flags.store,
    url: flags.url,
    instances,
    port: wholeNumber('--port', flags.port, HIGHEST_PORT - instances),
    platform: platformName(flags.platform),
    idleMs: parseDuration('--idle', flags.idle),
    absoluteMs: parseDuration('--absolute', flags.absolute),
    secure: flags.secure,
  };
}

function readFlags(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: FLAGS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Node goes on with advice about positional arguments, of which there are none here.
    const [complaint] = reasonOf(error).split(/\. |\n/);
    throw new DemoFailure(`${complaint}; npm run demo -- --help shows what there is`);
  }
}

function wholeNumber(flag: string, text: string, most: number): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > most) throw new DemoFailure(`${flag} is a whole number from 1 to ${most}, not "${text}"`);
  return number;
}

function platformName(text: string): PlatformName {
  const name = PLATFORMS.find((platform) => platform === text);
  if (name === undefined) throw new DemoFailure(`--platform is ${PLATFORMS.join(' or ')}, not "${text}"`);
  return name;
}
