import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { SessionConfigError } from '../contracts/errors.js';
import { typeormSessions } from './index.js';

const URL_WITH_SECRET = 'mysql://user:hidden-word@127.0.0.1:3306/sessions';

/** The problems that a configuration is refused with. */
function problemsOf(where: unknown): readonly string[] {
  try {
    Reflect.apply(typeormSessions, undefined, [where]);
  } catch (error) {
    if (error instanceof SessionConfigError) return error.problems;
    throw error;
  }
  return [];
}

function replicated(options: object): DataSource {
  const place = { host: '127.0.0.1', database: 'shop' };
  return new DataSource({ type: 'mysql', replication: { master: place, slaves: [place], ...options } });
}

describe('options of the TypeORM repository', () => {
  it.each([
    ['a URL', URL_WITH_SECRET],
    ['a URL of MariaDB without a port', { url: 'mariadb://user@db.example/sessions' }],
    ['a URL with replicas', { url: URL_WITH_SECRET, replicas: [URL_WITH_SECRET], reads: 'replica', maxLagMs: 5_000 }],
    ['a URL with everything', { url: URL_WITH_SECRET, table: 'shop_1', poolSize: 1, ssl: {}, createTable: false }],
    ['a DataSource', { dataSource: new DataSource({ type: 'mysql', url: URL_WITH_SECRET }), sweepEveryMs: 0 }],
    ['a DataSource of MariaDB', { dataSource: new DataSource({ type: 'mariadb', url: URL_WITH_SECRET }) }],
    [
      'a DataSource with replicas',
      { dataSource: replicated({ canRetry: false, removeNodeErrorCount: Infinity }), reads: 'replica' },
    ],
  ])('may be %s', (_what, where) => {
    expect(problemsOf(where)).toEqual([]);
  });

  it.each([
    ['nothing', {}, /one of url and dataSource/],
    [
      'both places',
      { url: URL_WITH_SECRET, dataSource: new DataSource({ type: 'mysql' }) },
      /one of url and dataSource/,
    ],
    ['another protocol', 'redis://127.0.0.1/0', /url: allowed is a URL such as mysql:/],
    ['no database', 'mysql://127.0.0.1', /url: allowed/],
    ['no URL', 'localhost', /url: allowed/],
    [
      'a URL that asks for TLS in a query, which nobody would read',
      `${URL_WITH_SECRET}?ssl={"rejectUnauthorized":true}`,
      /url: allowed is .* without a query: TLS is the option ssl/,
    ],
    [
      'a replica that asks for it so',
      { url: URL_WITH_SECRET, replicas: [`${URL_WITH_SECRET}?ssl-mode=REQUIRED`] },
      /replicas: allowed is .* without a query: TLS is the option ssl/,
    ],
    ['a URL with a fragment', `${URL_WITH_SECRET}#x`, /url: allowed/],
    ['a client', { dataSource: { query: () => undefined } }, /dataSource: allowed is a DataSource/],
    ['a table with a quote', { url: URL_WITH_SECRET, table: 'a`; DROP' }, /table: allowed/],
    ['a table with a dot', { url: URL_WITH_SECRET, table: 'shop.sessions' }, /table: allowed/],
    ['no size of a pool', { url: URL_WITH_SECRET, poolSize: 0 }, /poolSize: allowed/],
    ['a lag that no pulse could show', { url: URL_WITH_SECRET, maxLagMs: 500 }, /maxLagMs: allowed/],
    ['replicas that are none', { url: URL_WITH_SECRET, replicas: ['x'] }, /replicas: allowed/],
    ['reads from nowhere', { url: URL_WITH_SECRET, reads: 'replica' }, /needs replicas/],
    ['an unknown option', { url: URL_WITH_SECRET, host: 'x' }, /host: there is no such option/],
    ['a pool of a DataSource', { dataSource: new DataSource({ type: 'mysql' }), poolSize: 3 }, /poolSize: belongs/],
    [
      'replication that would not survive an outage',
      { dataSource: replicated({}) },
      /canRetry: false and removeNodeErrorCount: Infinity/,
    ],
  ])('are refused at once when they are %s, and no value is shown', (_what, where, problem) => {
    const problems = problemsOf(where);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
    expect(problems[0]).toMatch(/^typeormSessions: /);
    expect(problems.join()).not.toMatch(/hidden-word/);
  });

  it('are refused with every problem in one error', () => {
    expect(problemsOf({ url: 'x', table: '', poolSize: 'many', timeoutMs: 1, sweepEveryMs: -1 })).toHaveLength(5);
  });
});
