import { ArrayMinSize, IsArray, IsInt, IsOptional, IsString, Matches, Max, Min, validateSync } from 'class-validator';
import { SessionConfigError } from '../contracts/errors.js';
import { type NodeAddress, type NodeCredentials, nameOf, parseNodeAddress } from './node-address.js';

/** Where the nodes are, and how they are used. One of `url` and `nodes`. All instances must name the same nodes by the same names. */
export class MemcachedSessionsOptions {
  /** `memcached://host:port,host:port`, or `memcached://user:password@host:port,host:port` for SASL; port 11211 when left out. */
  @IsOptional()
  @IsString({ message: 'a text such as memcached://host:port,host:port' })
  url?: string;

  /** Each as `host` or `host:port`. */
  @IsOptional()
  @IsArray({ message: 'a list of addresses such as host:port' })
  @ArrayMinSize(1, { message: 'a list of at least one address' })
  @IsString({ each: true, message: 'a list of texts' })
  nodes?: readonly string[];

  /** For SASL, together with `password`. */
  @IsOptional()
  @IsString({ message: 'a text' })
  username?: string;

  /** For SASL. */
  @IsOptional()
  @IsString({ message: 'a text' })
  password?: string;

  /** In front of every key; default `session:`. */
  @IsOptional()
  @Matches(/^[\x21-\x7e]{0,180}$/, { message: 'up to 180 visible ASCII characters' })
  prefix?: string;

  /**
   * Milliseconds within which a node has to answer all that one call of the repository asks of it; default 400. Choose it less than
   * the module's `timeout.command`: what runs into that one counts against the whole store, not against one node.
   */
  @IsOptional()
  @IsInt({ message: 'a whole number of milliseconds' })
  @Min(10, { message: 'at least 10' })
  @Max(10_000, { message: 'at most 10,000' })
  timeoutMs?: number;

  /** The server's limit for one item (`memcached -I`), in bytes; default 1,048,576. A larger session is refused before it is sent. */
  @IsOptional()
  @IsInt({ message: 'a whole number of bytes' })
  @Min(1_024, { message: 'at least 1,024' })
  @Max(1_073_741_824, { message: 'at most 1,073,741,824' })
  maxItemBytes?: number;

  /** Milliseconds between two looks at how many sessions the nodes threw out to make room; default 10,000. */
  @IsOptional()
  @IsInt({ message: 'a whole number of milliseconds' })
  @Min(10, { message: 'at least 10' })
  @Max(86_400_000, { message: 'at most 86,400,000' })
  evictionsEveryMs?: number;
}

/** The options with all defaults filled in. */
export interface MemcachedSettings {
  readonly nodes: readonly NodeAddress[];
  readonly credentials: NodeCredentials | undefined;
  readonly prefix: string;
  readonly timeoutMs: number;
  readonly maxItemBytes: number;
  readonly evictionsEveryMs: number;
}

interface Place {
  readonly addresses: readonly string[];
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

const URL_FORM = /^memcached:\/\/(?:(?<username>[^:@/]+):(?<password>[^@/]+)@)?(?<nodes>[^@/?#]+)\/?$/i;

/** Checks options and fills in the defaults. Throws `SessionConfigError` with every problem; a URL or password is never shown. */
export function settingsOf(given: unknown): MemcachedSettings {
  if (typeof given !== 'object' || given === null) {
    throw new SessionConfigError([`memcachedSessions: found ${typeof given}, allowed is a URL or options`]);
  }
  const options = Object.assign(new MemcachedSessionsOptions(), given);
  const wrong = problemsOfFields(options);
  const place = wrong.length === 0 ? placeOf(options) : undefined;
  throwIfAny([...wrong, ...(place === undefined ? [] : problemsOfPlace(options, place))]);
  const { addresses = [], username, password } = place ?? {};
  return {
    nodes: addresses.map((text) => parseNodeAddress(text)).filter((address) => address !== undefined),
    credentials: username === undefined || password === undefined ? undefined : { username, password },
    prefix: options.prefix ?? 'session:',
    timeoutMs: options.timeoutMs ?? 400,
    maxItemBytes: options.maxItemBytes ?? 1_048_576,
    evictionsEveryMs: options.evictionsEveryMs ?? 10_000,
  };
}

function problemsOfFields(options: MemcachedSessionsOptions): string[] {
  return validateSync(options, { whitelist: true, forbidNonWhitelisted: true }).flatMap(({ property, constraints }) =>
    Object.entries(constraints ?? {}).map(([rule, allowed]) =>
      rule === 'whitelistValidation' ? `${property}: there is no such option` : `${property}: allowed is ${allowed}`,
    ),
  );
}

/** What the options say of the place, from the URL or beside it; undefined when the URL is none. */
function placeOf({ url, nodes = [], username, password }: MemcachedSessionsOptions): Place {
  if (url === undefined) return { addresses: nodes, username, password };
  const parts = URL_FORM.exec(url)?.groups;
  if (parts === undefined) return { addresses: [] };
  return {
    addresses: (parts['nodes'] ?? '').split(','),
    username: decoded(parts['username']) ?? username,
    password: decoded(parts['password']) ?? password,
  };
}

function problemsOfPlace({ url, nodes }: MemcachedSessionsOptions, { addresses, username, password }: Place): string[] {
  if ((url === undefined) === (nodes === undefined)) {
    return [
      `${url === undefined ? 'nothing says where memcached is' : 'url and nodes are set'}, allowed is one of url, nodes`,
    ];
  }
  if (addresses.length === 0) return ['url is none, allowed is memcached://host:port,host:port'];
  const names = addresses.map((text) => parseNodeAddress(text)).map((address) => address && nameOf(address));
  return [
    ...names.flatMap((name, index) =>
      name === undefined ? [`node ${index + 1} is no address, allowed is host:port`] : [],
    ),
    ...(new Set(names).size === names.length ? [] : ['a node is named twice']),
    ...((username === undefined) === (password === undefined) ? [] : ['username and password belong together']),
  ];
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
}

function throwIfAny(problems: readonly string[]): void {
  if (problems.length > 0) throw new SessionConfigError(problems.map((problem) => `memcachedSessions: ${problem}`));
}
