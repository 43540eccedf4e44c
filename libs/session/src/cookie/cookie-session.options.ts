import { IsOptional, Length, ValidateBy, validateSync } from 'class-validator';
import { SessionConfigError } from '../contracts/errors.js';
import { SessionRepository } from '../contracts/repository.js';
import { problemOfSecret } from '../contracts/secret-rules.js';

const REVOCATIONS = "a repository that keeps revocations, such as redisSessions(url), or 'none'";

/** What `cookieSessions` takes. */
export class CookieSessionsOptions {
  /**
   * What cookies are sealed with: the first seals, all of them open. Each at least 32 bytes that nobody can guess, the same at all
   * instances, and of this application alone. Without a default.
   */
  @ValidatedBy(problemsOfSecrets)
  readonly secrets!: readonly string[];

  /**
   * Where ended sessions are remembered until their absolute deadline, so that a logout counts at once and everywhere: a repository
   * whose reads are the latest. `'none'` leaves every cookie that was ever given out good until it expires.
   */
  @ValidatedBy(problemsOfRevocations)
  readonly revocations!: SessionRepository | 'none';

  /**
   * What the cookies are for, 1 to 64 characters; default `session`. One sealed for another purpose opens nothing, although the secret
   * be the same (CVE-2022-46170, CVE-2023-48309).
   */
  @IsOptional()
  @Length(1, 64, { message: 'purpose must be a text of 1 to 64 characters' })
  readonly purpose?: string;
}

/** The options with defaults. Throws `SessionConfigError` with every problem, and nothing of a secret. */
export function checkedOptions(given: CookieSessionsOptions): Required<CookieSessionsOptions> {
  const checked = Object.assign(new CookieSessionsOptions(), given);
  const errors = validateSync(checked, { whitelist: true, forbidNonWhitelisted: true });
  const problems = errors.flatMap(({ property, constraints = {} }) =>
    Object.entries(constraints).flatMap(([rule, problem]) =>
      rule === 'whitelistValidation' ? `there is no option ${property}` : problem.split('\n'),
    ),
  );
  if (problems.length > 0) throw new SessionConfigError(problems.map((problem) => `cookieSessions: ${problem}`));
  return { secrets: checked.secrets, revocations: checked.revocations, purpose: checked.purpose ?? 'session' };
}

/** A rule that finds problems, one in a line of its message. */
function ValidatedBy(problemsOf: (value: unknown) => string[]): PropertyDecorator {
  return ValidateBy({
    name: problemsOf.name,
    validator: {
      validate: (value: unknown) => problemsOf(value).length === 0,
      defaultMessage: (where) => problemsOf(where?.value).join('\n'),
    },
  });
}

/** Why these are no secrets to seal cookies with; empty when they are. What is said holds nothing of them. */
function problemsOfSecrets(secrets: unknown): string[] {
  if (!Array.isArray(secrets) || secrets.length === 0) return ['secrets must be a list of at least one text'];
  return secrets.flatMap((secret: unknown, index) => {
    const problem = secrets.indexOf(secret) < index ? 'stands in the list before' : problemOfSecret(secret);
    return problem === undefined ? [] : [`secrets[${index}] ${problem}`];
  });
}

/** A copy that is behind would take a session that was ended for one that lives. */
function problemsOfRevocations(revocations: unknown): string[] {
  if (revocations === 'none') return [];
  if (revocations === undefined) return [`revocations is missing, allowed is ${REVOCATIONS}`];
  if (!(revocations instanceof SessionRepository)) return [`revocations is no repository, allowed is ${REVOCATIONS}`];
  const { reads, revocation } = revocations.guarantees;
  const problems: string[] = [];
  if (reads !== 'latest') problems.push(`revocations: found a repository with reads '${reads}', allowed is 'latest'`);
  if (revocation !== 'immediate') {
    const found = typeof revocation === 'object' ? `within ${revocation.withinMs} ms` : revocation;
    problems.push(`revocations: found a repository with revocation '${found}', allowed is 'immediate'`);
  }
  return problems;
}
