import { hash } from 'node:crypto';
import { ENVELOPE } from '../contracts/envelope.js';
import type { RedisClient } from './redis-client.js';

/** One Lua script on one key. Runs by its digest; a server that does not know it yet is sent the text. */
export class RedisScript {
  readonly #sha1: string;

  constructor(private readonly lua: string) {
    this.#sha1 = hash('sha1', lua, 'hex');
  }

  /** The number that the script answers. Rejects with what the client says. */
  async run(client: RedisClient, key: string, ...args: (string | number)[]): Promise<number> {
    try {
      return Number(await client.evalsha(this.#sha1, 1, key, ...args));
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return this.runWhole(client, key, ...args);
    }
  }

  /** The same as one command whatever the server knows: sends the text. */
  async runWhole(client: RedisClient, key: string, ...args: (string | number)[]): Promise<number> {
    return Number(await client.eval(this.lua, 1, key, ...args));
  }
}

/** What the scripts answer where it is not the version that is stored now. */
export const GONE = 0;
export const CONFLICT = -1;

/** Replaces exactly one version. ARGV: format and version to replace, writeId, envelope, time to live in ms. */
export const UPDATE = new RedisScript(`
local header = ${readHeader()}
if header == '' then return ${GONE} end
if ${field('writeId')} == ARGV[2] then return tonumber(${field('version')}) end
if ${formatAndVersion()} ~= ARGV[1] then return ${CONFLICT} end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return tonumber(${field('version')}) + 1
`);

/**
 * Moves the deadline forward. ARGV: format, expiresAt as the header writes it, time to live in ms. What is further off is
 * decided by Redis's clock alone, so that instances whose clocks differ cannot shorten each other's sessions.
 */
export const TOUCH = new RedisScript(`
local header = ${readHeader()}
if string.sub(header, 1, 1) ~= ARGV[1] or #header <= ${ENVELOPE.headerLength} then return ${GONE} end
local left = math.max(redis.call('PTTL', KEYS[1]), 0)
if tonumber(ARGV[3]) > left then
  if ARGV[2] > ${field('expiresAt')} then
    redis.call('SETRANGE', KEYS[1], ${ENVELOPE.expiresAt.start}, ARGV[2])
  end
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return tonumber(${field('version')})
`);

/** Deletes exactly one version. ARGV: format and version. Answers 1 when it did. */
export const DESTROY = new RedisScript(`
local header = ${readHeader()}
if header == '' then return ${GONE} end
if ${formatAndVersion()} ~= ARGV[1] then return ${CONFLICT} end
return redis.call('DEL', KEYS[1])
`);

/** The header, and one byte of what has to follow it. */
function readHeader(): string {
  return `redis.call('GETRANGE', KEYS[1], 0, ${ENVELOPE.headerLength})`;
}

/** Lua counts from one and includes the end. */
function field(name: 'version' | 'expiresAt' | 'writeId'): string {
  return `string.sub(header, ${ENVELOPE[name].start + 1}, ${ENVELOPE[name].end})`;
}

function formatAndVersion(): string {
  return `string.sub(header, 1, ${ENVELOPE.version.end})`;
}
