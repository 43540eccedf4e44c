import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SessionConfigError } from '../contracts/errors.js';
import type { Guarantees } from '../contracts/repository.js';
import { MemorySessionRepository, memorySessions } from '../memory/index.js';
import { newSecret } from './cookie-sessions.fixture.js';
import { cookieSessions } from './index.js';

function problemsOf(options: object): readonly string[] {
  try {
    cookieSessions(Object.assign({ secrets: [newSecret()], revocations: 'none' as const }, options));
  } catch (error) {
    if (error instanceof SessionConfigError) return error.problems;
    throw error;
  }
  return [];
}

class RepositoryWith extends MemorySessionRepository {
  override readonly guarantees: Guarantees;

  constructor(different: Partial<Guarantees>) {
    super();
    this.guarantees = { concurrency: 'compare-and-set', reads: 'latest', revocation: 'immediate', ...different };
  }
}

const GUESSABLE = [
  'keyboard cat'.padEnd(40, '.'),
  'keyboard cat keyboard cat keyboard cat',
  'secret'.padEnd(32, '!'),
  'secretsecretsecretsecretsecretsecretse',
  'changeme'.padEnd(48, '0'),
  'changeme-changeme-changeme-changeme',
  'CHANGE_ME_please_this_is_not_a_secure_key',
  'ThisIsMyVerySecretSessionKeyPleaseChangeMe',
  'complex_password_at_least_32_characters_long',
  'averylogphrasebiggerthanthirtytwochars',
  'password1234password1234password1234!',
  'a'.repeat(64),
  ' '.repeat(64),
  'ab'.repeat(32),
  'xyzzy7'.repeat(8),
  '0123456789abcdefghijklmnopqrstuvwxyz',
  '00000000000000000000000000000000000000000001',
];

describe('The options of sealed cookies', { timeout: 60_000 }, () => {
  it.each(GUESSABLE)('refuse a secret that is well known or easy to guess: %j', (secret) => {
    const [problem = '', ...others] = problemsOf({ secrets: [secret] });
    expect(problem).toMatch(/^cookieSessions: secrets\[0\] is well known or easy to guess; make one with: /);
    expect(others).toEqual([]);
    expect(problem).not.toContain(secret);
  });

  it.each([
    [[], 'secrets must be a list of at least one text'],
    [undefined, 'secrets must be a list of at least one text'],
    ['a text '.repeat(10), 'secrets must be a list of at least one text'],
    [[''], 'secrets[0] is empty'],
    [[null], 'secrets[0] is null, allowed is a text'],
    [[undefined], 'secrets[0] is undefined, allowed is a text'],
    [[randomBytes(32)], 'secrets[0] is object, allowed is a text'],
    [['hT7!kQz'], 'secrets[0] has 7 bytes, allowed are 32 and more; make one with: openssl rand -base64 48'],
  ])('refuse %j as secrets', (secrets, problem) => {
    expect(problemsOf({ secrets })).toEqual([`cookieSessions: ${problem}`]);
  });

  it('refuse a secret that stands in the list twice', () => {
    const [first, second] = [newSecret(), newSecret()];
    expect(problemsOf({ secrets: [first, second, first] })).toEqual([
      'cookieSessions: secrets[2] stands in the list before',
    ]);
  });

  it('take random secrets of 32 bytes and more, however they are written', () => {
    for (let round = 0; round < 200; round += 1) {
      const secrets = [
        randomBytes(16).toString('hex'),
        randomBytes(32).toString('hex'),
        randomBytes(24).toString('base64'),
        randomBytes(32).toString('base64url'),
        newSecret(),
      ];
      expect(problemsOf({ secrets })).toEqual([]);
    }
  });

  it('ask where revocations are kept, and take no answer for none', () => {
    const allowed = "allowed is a repository that keeps revocations, such as redisSessions(url), or 'none'";
    expect(problemsOf({ revocations: undefined })).toEqual([`cookieSessions: revocations is missing, ${allowed}`]);
    for (const revocations of [null, 'redis://:hidden@127.0.0.1', {}, true]) {
      expect(problemsOf({ revocations })).toEqual([`cookieSessions: revocations is no repository, ${allowed}`]);
    }
  });

  it.each<[Partial<Guarantees>, string]>([
    [{ reads: 'read-your-writes' }, "found a repository with reads 'read-your-writes', allowed is 'latest'"],
    [{ reads: 'client-held' }, "found a repository with reads 'client-held', allowed is 'latest'"],
    [{ revocation: 'at-expiry' }, "found a repository with revocation 'at-expiry', allowed is 'immediate'"],
    [{ revocation: { withinMs: 50 } }, "found a repository with revocation 'within 50 ms', allowed is 'immediate'"],
  ])('refuse for revocations a repository that could not carry what is promised: %j', (guarantees, problem) => {
    expect(problemsOf({ revocations: new RepositoryWith(guarantees) })).toEqual([
      `cookieSessions: revocations: ${problem}`,
    ]);
  });

  it('promise by the revocations what they can, and nothing more', () => {
    const secrets = [newSecret()];
    const heldByClient = { concurrency: 'last-write-wins', reads: 'client-held' };
    expect(cookieSessions({ secrets, revocations: memorySessions() }).guarantees).toEqual({
      ...heldByClient,
      revocation: 'immediate',
    });
    expect(cookieSessions({ secrets, revocations: 'none' }).guarantees).toEqual({
      ...heldByClient,
      revocation: 'at-expiry',
    });
  });

  it('say every problem at once, unknown options too', () => {
    expect(problemsOf({ secrets: ['', 'short'], revocations: 1, purpose: '', secret: 'hidden word' })).toEqual([
      'cookieSessions: there is no option secret',
      expect.stringContaining('secrets[0]'),
      expect.stringContaining('secrets[1]'),
      expect.stringContaining('revocations'),
      'cookieSessions: purpose must be a text of 1 to 64 characters',
    ]);
  });
});
