import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const WAIT_MS = 45_000;
const SHUTDOWN_MS = 10_000;

/** A built command of this repository as a process of its own, in a process group of its own. */
export class RunningCommand implements AsyncDisposable {
  stdout = '';
  stderr = '';
  private readonly child: ChildProcess;
  private readonly end: Promise<number | NodeJS.Signals>;

  /** Starts it without waiting for anything. */
  constructor(command: string, words: readonly string[]) {
    this.child = spawn(command, words, { cwd: REPOSITORY, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (bytes: Buffer) => (this.stdout += bytes.toString()));
    this.child.stderr?.on('data', (bytes: Buffer) => (this.stderr += bytes.toString()));
    this.end = once(this.child, 'close').then(([code, signal]) => code ?? signal);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The exit code, or the signal that ended the command. */
  async exit(): Promise<number | NodeJS.Signals> {
    return this.end;
  }

  /** Sends a signal to the command alone, or to everything that it has started, too. */
  signal(signal: NodeJS.Signals, to: 'command' | 'group' = 'command'): void {
    process.kill(to === 'command' ? this.pid : -this.pid, signal);
  }

  /** Waits for a condition; fails with what the command said, when it does not come or the command ends. */
  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = performance.now() + WAIT_MS;
    while (!(await condition())) {
      const over = this.child.exitCode !== null || performance.now() > deadline;
      if (over) throw new Error(`The command ended or waited in vain until ${what}:\n${this.stdout}\n${this.stderr}`);
      await delay(10);
    }
  }

  /** Processes of the command that are still there: the command, npm and its shell, the instances, throw-away servers. */
  leftovers(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && groupOf(name) === this.pid)
      .map(Number);
  }

  /** Ends whatever is left: politely, so that no throw-away directory stays behind, and then for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.signal('SIGTERM');
    await Promise.race([this.end, delay(SHUTDOWN_MS, undefined, { ref: false })]);
    for (const pid of this.leftovers()) process.kill(pid, 'SIGKILL');
    await this.end;
  }
}

/** The group of a process that has not ended; one that only waits to be buried has. */
function groupOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(group);
  } catch {
    return undefined;
  }
}
