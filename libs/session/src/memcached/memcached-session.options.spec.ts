import { describe, expect, it } from 'vitest';
import { SessionConfigError } from '../contracts/errors.js';
import { memcachedSessions } from './index.js';

/** The problems that a configuration is refused with. */
function problemsOf(...where: unknown[]): readonly string[] {
  try {
    Reflect.apply(memcachedSessions, undefined, where);
  } catch (error) {
    if (error instanceof SessionConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('options of the memcached repository', () => {
  it.each([
    ['a URL', ['memcached://127.0.0.1:11211']],
    ['a URL with several nodes', ['memcached://a.example:11211,b_1,[::1]:11212,[fe80::1]']],
    ['a URL with user and password', ['memcached://user:p%40ss%3A%2F@a,b']],
    ['a URL and options', ['memcached://a/', { prefix: '', timeoutMs: 100 }]],
    ['nodes', [{ nodes: ['a', 'b:11212'], maxItemBytes: 2_097_152, evictionsEveryMs: 60_000 }]],
    ['nodes with user and password', [{ nodes: ['a'], username: 'u', password: 'p' }]],
    ['options that are undefined', [{ nodes: ['a'], url: undefined, prefix: undefined }]],
  ])('may be %s', (_what, where) => {
    expect(problemsOf(...where)).toEqual([]);
  });

  it.each([
    ['nothing', [undefined], /found undefined, allowed is a URL or options/],
    ['a number', [11_211], /found number/],
    ['no place', [{}], /nothing says where memcached is, allowed is one of url, nodes/],
    ['two places', [{ url: 'memcached://a', nodes: ['a'] }], /url and nodes are set/],
    ['no URL', ['127.0.0.1:11211'], /url is none, allowed is memcached:\/\/host:port,host:port/],
    ['another protocol', ['redis://a'], /url is none/],
    ['a URL with a path', ['memcached://a/0'], /url is none/],
    ['a URL with a user alone', ['memcached://user@a'], /url is none/],
    ['no node', [{ nodes: [] }], /nodes: allowed is a list of at least one address/],
    ['a node that is none', [{ nodes: ['a', 'b:c'] }], /node 2 is no address/],
    ['a number for a node', [{ nodes: [7] }], /nodes: allowed is a list of texts/],
    ['an empty node', ['memcached://a,'], /node 2 is no address/],
    ['a port out of range', ['memcached://a:65536'], /node 1 is no address/],
    ['a node twice', ['memcached://A:11211,a'], /a node is named twice/],
    ['a user without password', [{ nodes: ['a'], username: 'u' }], /username and password belong together/],
    [
      'a prefix that memcached would not take',
      [{ nodes: ['a'], prefix: 'a b' }],
      /prefix: allowed is up to 180 visible/,
    ],
    ['a prefix that is too long', [{ nodes: ['a'], prefix: 'x'.repeat(181) }], /prefix/],
    ['no time', [{ nodes: ['a'], timeoutMs: 0 }], /timeoutMs: allowed is at least 10/],
    ['an option that is none', [{ nodes: ['a'], failover: true }], /failover: there is no such option/],
  ])('may not be %s', (_what, where, problem) => {
    expect(problemsOf(...where)).toEqual([expect.stringMatching(problem)]);
  });

  it('are refused with all problems at once, and without the password', () => {
    const problems = problemsOf({ url: 'memcached://user:hunter2@', password: 'hunter2', prefix: ' ', timeoutMs: 'x' });
    expect(problems.length).toBeGreaterThan(2);
    expect(problems.join()).not.toContain('hunter2');
    expect(problemsOf('memcached://user:hunter2@a:b').join()).not.toContain('hunter2');
  });
});
