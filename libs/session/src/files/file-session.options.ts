import { SessionConfigError } from '../contracts/errors.js';

/** Where the session files are, and how the directories are kept clean. */
export interface FileSessionsOptions {
  /** A directory that every server sees. It is made when it is missing. Either this or `directories`. */
  readonly directory?: string;
  /**
   * Several directories that every server sees, the same ones everywhere: each holds all sessions, and a majority of them is needed. An odd
   * number, on as many disks or servers.
   */
  readonly directories?: readonly string[];
  /** Milliseconds between two sweeps of expired files, about; 0 for never. Default ten minutes. */
  readonly sweepEveryMs?: number;
  /**
   * Milliseconds after which a writer that stands still has lost its turn. Default two seconds; too short costs time, never
   * a session.
   */
  readonly leaseMs?: number;
  /**
   * Milliseconds after which a call of the file system counts as unanswered, and with several directories a whole read or write as failed. Default
   * 450: a little less than the module's `timeout.command`.
   */
  readonly deadlineMs?: number;
}

/** The options, complete. */
export interface FileSettings {
  /** One or more. */
  readonly directories: readonly string[];
  readonly sweepEveryMs: number;
  readonly leaseMs: number;
  readonly deadlineMs: number;
}

const LONGEST_MS = 86_400_000;
const MOST_DIRECTORIES = 9;

/** The options with defaults. Throws `SessionConfigError` with every problem. */
export function checkedOptions(where: string | FileSessionsOptions): FileSettings {
  const given = typeof where === 'string' ? { directory: where } : where;
  const { directory, directories, ...rest } = { sweepEveryMs: 600_000, leaseMs: 2_000, deadlineMs: 450, ...given };
  const problems = [
    ...problemsOfPlaces(directory, directories),
    ...problemsOf('sweepEveryMs', rest.sweepEveryMs, 0),
    ...problemsOf('leaseMs', rest.leaseMs, 1),
    ...problemsOf('deadlineMs', rest.deadlineMs, 1),
  ];
  if (problems.length > 0) throw new SessionConfigError(problems.map((problem) => `fileSessions: ${problem}`));
  return { ...rest, directories: directories ?? (directory === undefined ? [] : [directory]) };
}

/** What so many directories cannot do, where somebody could think that they can; undefined when there is nothing to say. */
export function warningAbout(directories: number): string | undefined {
  if (directories === 2) {
    return 'fileSessions: of two directories neither may be missing: the second keeps the sessions when a disk is lost, but not at work; take three';
  }
  return directories % 2 === 0
    ? `fileSessions: ${directories} directories bear the loss of ${directories / 2 - 1}, no more than ${directories - 1} would`
    : undefined;
}

function problemsOfPlaces(directory: unknown, directories: unknown): string[] {
  if (directories === undefined) return isPath(directory) ? [] : ['directory must be a path'];
  if (directory !== undefined) return ['directory and directories are both given; take one of them'];
  if (!Array.isArray(directories) || directories.length === 0 || !directories.every(isPath)) {
    return ['directories must be a list of paths'];
  }
  return [
    ...(new Set(directories).size < directories.length ? ['directories has a path twice'] : []),
    ...(directories.length > MOST_DIRECTORIES ? [`directories has more than ${MOST_DIRECTORIES} paths`] : []),
  ];
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function problemsOf(name: string, value: unknown, least: number): string[] {
  if (typeof value === 'number' && value >= least && value <= LONGEST_MS) return [];
  return [`${name} is ${String(value)}, allowed are milliseconds from ${least} to ${LONGEST_MS}`];
}
