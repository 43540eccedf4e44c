import {
  ArrayMaxSize,
  ArrayMinSize,
  buildMessage,
  IsArray,
  IsOptional,
  ValidateBy,
  validateSync,
  type ValidationOptions,
} from 'class-validator';
import { SessionConfigError } from '../contracts/errors.js';
import { problemOfSecret } from '../contracts/secret-rules.js';
import { type PeerAddress, parseAddress } from './address.js';

const MOST_PEERS = 31;
const ADDRESS = "an address such as '10.0.0.1:7000'";

/** What `replicatedSessions` takes. */
export class ReplicatedSessionsOptions {
  /** Where the other instances reach this one; it stands in `peers` too, written the same. */
  @IsAddress()
  self!: string;

  /** All instances that hold the sessions, this one included: the same list at each of them. Three or five of them; 31 at most. */
  @IsArray({ message: `a list of addresses` })
  @ArrayMinSize(1, { message: 'a list of at least one address' })
  @ArrayMaxSize(MOST_PEERS, { message: `a list of at most ${MOST_PEERS} addresses` })
  @IsAddress({ each: true })
  peers!: string[];

  /** Known to the instances alone, the same at each of them: 32 bytes or more. Whoever has it can read and change every session. */
  @IsSecret()
  secret!: string;

  /** On what to listen where that is not `self`: behind a name of a container network `'0.0.0.0:7000'`. */
  @IsOptional()
  @IsAddress()
  listen?: string;

  /**
   * How many live sessions are held, 1 to 10,000,000; default 100,000. One more is refused (503): no live session ever makes room.
   * Of sessions that have ended four times as many are remembered, until their absolute deadline.
   */
  @IsOptional()
  @IsNumberFrom(1, 10_000_000)
  maxSessions?: number;

  /**
   * For how many milliseconds after a majority confirmed it this instance answers from its own copy, 0 to 60,000; default 1,000. An
   * instance that is cut off serves a session that was destroyed elsewhere at most so long.
   */
  @IsOptional()
  @IsNumberFrom(0, 60_000)
  trustMs?: number;

  /** Milliseconds after which an operation gives up, 50 to 10,000; default 450: less than the module's `timeout.command`. */
  @IsOptional()
  @IsNumberFrom(50, 10_000)
  deadlineMs?: number;
}

/** The options with defaults, and the peers in the order that all of them share. */
export interface ReplicatedSettings {
  readonly peers: readonly string[];
  readonly addresses: readonly PeerAddress[];
  readonly self: number;
  readonly listen: PeerAddress;
  readonly secret: string;
  readonly maxSessions: number;
  readonly trustMs: number;
  readonly deadlineMs: number;
}

/** Checks the options and fills in the defaults. Throws `SessionConfigError` with every problem, none of which shows the secret. */
export function checkedSettings(given: ReplicatedSessionsOptions): ReplicatedSettings {
  const options = Object.assign(new ReplicatedSessionsOptions(), given);
  const errors = validateSync(options, { whitelist: true, forbidNonWhitelisted: true });
  refuse(
    errors.flatMap(({ property, constraints = {} }) =>
      Object.entries(constraints).map(([name, text]) =>
        name === 'whitelistValidation' ? `there is no option ${property}` : `${property} must be ${text}`,
      ),
    ),
  );
  const peers = options.peers.toSorted();
  const addresses = peers.map((peer) => parseAddress(peer) as PeerAddress);
  const names = addresses.map(({ host, port }) => `${host.toLowerCase()} ${port}`);
  const problem = problemOfSecret(options.secret);
  refuse([
    ...(peers.includes(options.self) ? [] : ['self must be one of peers, written the same']),
    ...(new Set(names).size < names.length ? ['peers must not name an instance twice'] : []),
    ...(problem === undefined ? [] : [`secret ${problem}`]),
  ]);
  return {
    peers,
    addresses,
    self: peers.indexOf(options.self),
    listen: parseAddress(options.listen ?? options.self) as PeerAddress,
    secret: options.secret,
    maxSessions: options.maxSessions ?? 100_000,
    trustMs: options.trustMs ?? 1_000,
    deadlineMs: options.deadlineMs ?? 450,
  };
}

/** What somebody must know who runs so many instances; undefined when it is as it should be. */
export function warningAbout(peers: number): string | undefined {
  const majority = Math.floor(peers / 2) + 1;
  if (peers === 1) return 'replicatedSessions: a single instance holds the sessions; its restart loses all of them';
  if (peers === 2) {
    return 'replicatedSessions: of two instances none may be missing: while one is down, sessions are not available; take three';
  }
  if (peers % 2 === 0) {
    return `replicatedSessions: ${peers} instances bear the loss of ${peers - majority}, no more than ${peers - 1} would`;
  }
  return peers > 7
    ? `replicatedSessions: each of ${peers} instances holds and is told everything; meant for three to seven`
    : undefined;
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new SessionConfigError(problems.map((problem) => `replicatedSessions: ${problem}`));
}

function IsAddress(options?: ValidationOptions): PropertyDecorator {
  return rule('isAddress', (value) => parseAddress(value) !== undefined, ADDRESS, options);
}

function IsSecret(): PropertyDecorator {
  return rule('isSecret', (value) => typeof value === 'string', 'a text that only the instances know');
}

function IsNumberFrom(least: number, most: number): PropertyDecorator {
  const isInRange = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
  return rule('isNumberFrom', isInRange, `a whole number from ${least} to ${most}`);
}

function rule(
  name: string,
  validate: (value: unknown) => boolean,
  allowed: string,
  options?: ValidationOptions,
): PropertyDecorator {
  const defaultMessage = buildMessage(
    (each) => (each === '' ? allowed : `a list of addresses such as '10.0.0.1:7000'`),
    options,
  );
  return ValidateBy({ name, validator: { validate, defaultMessage } }, options);
}
