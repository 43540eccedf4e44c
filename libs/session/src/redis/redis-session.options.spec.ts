import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { describe, expect, it } from 'vitest';
import { SessionConfigError } from '../contracts/errors.js';
import { redisSessions } from './index.js';

/** The problems that a configuration is refused with. */
function problemsOf(...where: unknown[]): readonly string[] {
  try {
    Reflect.apply(redisSessions, undefined, where);
  } catch (error) {
    if (error instanceof SessionConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('options of the Redis repository', () => {
  it.each([
    ['a URL', 'redis://127.0.0.1:6379/2'],
    ['a URL with TLS and a password', 'rediss://user:secret@redis.example'],
    ['options with a URL', { url: 'redis://127.0.0.1', prefix: 'shop:', connectTimeout: 100 }],
    ['a host', { host: '127.0.0.1', port: 6379, db: 1 }],
    ['a socket', { path: '/run/redis.sock' }],
    ['Sentinels', { sentinels: [{ host: '127.0.0.1', port: 26_379 }], name: 'mymaster' }],
    ['a Cluster', { cluster: [{ host: '127.0.0.1', port: 7_000 }] }],
    ['durable by the master alone', { host: 'a', durability: 'master' }],
    ['durable by replicas', { host: 'a', durability: 'replicated' }],
    ['durable by some of them', { host: 'a', durability: { replicas: 2, timeout: 300 } }],
  ])('may be %s', (_what, where) => {
    expect(problemsOf(where)).toEqual([]);
  });

  it.each([
    ['nothing', [undefined], /found undefined, allowed is a URL, options, or a client of ioredis/],
    ['a number', [6379], /found number/],
    ['a client of node-redis', [createClient()], /found a client of node-redis/],
    ['no place', [{}], /nothing says where Redis is, allowed is one of url, host and port/],
    ['an address that is missing', [{ url: undefined }], /nothing says where Redis is/],
    ['two places', [{ url: 'redis://a', cluster: [{}] }], /url and cluster are set, allowed is one of/],
    ['no URL', ['127.0.0.1:6379'], /url is no URL/],
    ['another protocol', ['http://127.0.0.1'], /url begins with http:\/\/, allowed is redis:\/\//],
    ['a database with a name', ['redis://127.0.0.1/sessions'], /url's path is no number/],
    ['Sentinels without a name', [{ sentinels: [{ host: 'a' }] }], /name is missing/],
    ['no Sentinel', [{ sentinels: [], name: 'm' }], /sentinels must be a list of at least one/],
    ['no node', [{ cluster: [] }], /cluster must be a list of at least one/],
    ['a prefix that is no string', ['redis://a', { prefix: 7 }], /prefix is number/],
    ['durable in its own way', [{ host: 'a', durability: 'disk' }], /durability is none, allowed are 'master'/],
    ['durable by nobody', [{ host: 'a', durability: { replicas: 0 } }], /durability.replicas is none/],
    ['durable for ever', [{ host: 'a', durability: { timeout: 0 } }], /durability.timeout is none, .* from 1 to 700/],
    [
      'durable in a Cluster',
      [{ cluster: [{}], durability: 'replicated' }],
      /durability must be 'master' with a cluster/,
    ],
    [
      "durable through the application's client",
      [new Redis({ lazyConnect: true }), { durability: 'replicated' }],
      /durability needs a connection of our own/,
    ],
    ['a promise unmade', [{ host: 'a', enableOfflineQueue: true }], /enableOfflineQueue cannot be set/],
    ['one in the URL', ['redis://a?maxRetriesPerRequest=9'], /maxRetriesPerRequest cannot be set/],
  ])('may not be %s', (_what, where, problem) => {
    expect(problemsOf(...where)).toEqual([expect.stringMatching(problem)]);
  });

  it('are refused with all problems at once, and without the password', () => {
    const problems = problemsOf({ url: 'http://user:hunter2@a', prefix: 1, sentinels: [], maxRetriesPerRequest: 3 });
    expect(problems).toHaveLength(6);
    expect(problems.join()).not.toContain('hunter2');
  });
});
