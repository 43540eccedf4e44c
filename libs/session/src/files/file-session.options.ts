import { SessionConfigError } from '../contracts/errors.js';

/** Where the session files are, and how the directory is kept clean. */
export interface FileSessionsOptions {
  /** A directory that every server sees. It is made when it is missing. */
  readonly directory: string;
  /** Milliseconds between two sweeps of expired files, about; 0 for never. Default ten minutes. */
  readonly sweepEveryMs?: number;
  /**
   * Milliseconds after which a writer that stands still has lost its turn. Default two seconds; too short costs time, never
   * a session.
   */
  readonly leaseMs?: number;
}

const LONGEST_MS = 86_400_000;

/** The options with defaults. Throws `SessionConfigError` with every problem. */
export function checkedOptions(where: string | FileSessionsOptions): Required<FileSessionsOptions> {
  const given = typeof where === 'string' ? { directory: where } : where;
  const options = { sweepEveryMs: 600_000, leaseMs: 2_000, ...given };
  const problems = [
    ...(typeof options.directory === 'string' && options.directory !== '' ? [] : ['directory must be a path']),
    ...problemsOf('sweepEveryMs', options.sweepEveryMs, 0),
    ...problemsOf('leaseMs', options.leaseMs, 1),
  ];
  if (problems.length > 0) throw new SessionConfigError(problems.map((problem) => `fileSessions: ${problem}`));
  return options;
}

function problemsOf(name: string, value: unknown, least: number): string[] {
  if (typeof value === 'number' && value >= least && value <= LONGEST_MS) return [];
  return [`${name} is ${String(value)}, allowed are milliseconds from ${least} to ${LONGEST_MS}`];
}
