import { IsInt, IsOptional, Max, Min, ValidateBy, type ValidationError, validateSync } from 'class-validator';
import { SessionConfigError } from '../contracts/errors.js';
import { SessionRepository } from '../contracts/repository.js';

/** A repository that holds its sessions itself. */
function IsStoring(): PropertyDecorator {
  return ValidateBy({
    name: 'isStoring',
    validator: {
      validate: (value: unknown) => value instanceof SessionRepository && value.guarantees.reads !== 'client-held',
      defaultMessage: () =>
        'a session repository that stores the sessions itself, and does not leave them to the client',
    },
  });
}

/** Which two repositories, and how far the front one is trusted. */
export class TieredSessionsOptions {
  /** The quick one, which may lose everything at any time: any stored repository with compare-and-set, such as memcached. */
  @IsStoring()
  front!: SessionRepository;

  /** The one that has the sessions: any stored repository. */
  @IsStoring()
  behind!: SessionRepository;

  /**
   * Milliseconds for which a copy in front is trusted since it was read from behind or written there, by the clock of whoever reads it;
   * default 5,000. A destroyed session may be served for so long where the front could not be told.
   */
  @IsOptional()
  @IsInt({ message: 'a whole number of milliseconds' })
  @Min(1, { message: 'at least 1' })
  @Max(3_600_000, { message: 'at most 3,600,000' })
  freshForMs?: number;

  /**
   * Milliseconds after which a front that does not answer is passed over, three times as long where a session is destroyed; default 100.
   * A write is answered 450 ms after it began all the same, once it is stored behind.
   */
  @IsOptional()
  @IsInt({ message: 'a whole number of milliseconds' })
  @Min(1, { message: 'at least 1' })
  @Max(10_000, { message: 'at most 10,000' })
  frontTimeoutMs?: number;
}

export type TieredSettings = Required<TieredSessionsOptions>;

/** Checks options and fills in the defaults. Throws `SessionConfigError` with every problem. */
export function settingsOf(given: TieredSessionsOptions): TieredSettings {
  const options = Object.assign(new TieredSessionsOptions(), given);
  const errors = validateSync(options, { whitelist: true, forbidNonWhitelisted: true });
  const problems = errors.length > 0 ? errors.flatMap(problemsOf) : contradictions(options);
  if (problems.length > 0) throw new SessionConfigError(problems.map((problem) => `tieredSessions: ${problem}`));
  const { front, behind, freshForMs, frontTimeoutMs } = options;
  return { front, behind, freshForMs: freshForMs ?? 5_000, frontTimeoutMs: frontTimeoutMs ?? 100 };
}

function problemsOf({ property, constraints }: ValidationError): string[] {
  return Object.entries(constraints ?? {}).map(([rule, allowed]) =>
    rule === 'whitelistValidation' ? `${property}: there is no such option` : `${property}: allowed is ${allowed}`,
  );
}

function contradictions({ front, behind }: TieredSessionsOptions): string[] {
  if (front === behind) return ['front and behind are the same repository'];
  if (front.guarantees.concurrency === 'compare-and-set') return [];
  return ['front: the last write wins there, allowed is a repository with compare-and-set'];
}
