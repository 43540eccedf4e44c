import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findServer } from 'throwaway-servers';

/** Which cores the processes run on; undefined where they cannot be told apart. */
export interface Cores {
  /** The server that is measured has it alone. */
  readonly server: number | undefined;
  /** Load and Redis share it. */
  readonly others: number | undefined;
}

/** The first and the last core that this process may use, where taskset (util-linux) is there to pin processes to them. */
export function availableCores(): Cores {
  const allowed = findServer('taskset') === undefined ? [] : allowedCores();
  const [first, last] = [allowed.at(0), allowed.at(-1)];
  return first === last ? { server: undefined, others: undefined } : { server: first, others: last };
}

/** The words to start a command with so that it, and every thread of it, stays on a core. */
export function onCore(core: number | undefined, command: readonly string[]): readonly string[] {
  return core === undefined ? command : ['taskset', '--cpu-list', String(core), ...command];
}

/** Moves a process that runs, with all its threads. */
export function moveToCore(pid: number, core: number | undefined): void {
  if (core === undefined) return;
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)], { stdio: 'ignore' });
}

function allowedCores(): number[] {
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return list.split(',').flatMap((range) => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
