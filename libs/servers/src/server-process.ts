import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { onParentExit } from './parent-exit.js';
import { findServer } from './server-software.js';

/** How long a server may take to answer for the first time, and to end after SIGTERM before it is killed. */
const START_MS = 20_000;
const TERMINATE_MS = 5_000;
const OUTPUT_KEPT = 4_000;

/** One run of a server's executable. It ends with this process, however this process ends. */
export class ServerProcess {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private output = '';

  constructor(executable: string, args: string[], directory: string) {
    const [command, words] = boundToUs(executable, args);
    this.child = spawn(command, words, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (bytes: Buffer) => this.keepOutput(bytes));
    this.child.stderr?.on('data', (bytes: Buffer) => this.keepOutput(bytes));
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.keepOutput(Buffer.from(error.message));
        resolve();
      });
      this.child.once('close', () => resolve());
    });
    const forget = onParentExit(() => this.signal('SIGKILL'));
    void this.ended.then(forget);
  }

  /** 0 when the executable could not be started at all. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Also true when it never began. */
  get hasEnded(): boolean {
    return this.child.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits until `ready` answers true. Throws with the server's own words when it ends before, or never gets there. */
  async untilReady(ready: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + START_MS;
    while (!this.hasEnded && performance.now() < deadline) {
      if ((await ready()) && !this.hasEnded) return;
      await Promise.race([delay(5), this.ended]);
    }
    await this.kill('SIGKILL');
    throw new Error(`${this.child.spawnfile} did not start: ${this.output.trim()}`);
  }

  /** Sends a signal; nothing happens when the process is gone. */
  signal(signal: NodeJS.Signals): void {
    if (!this.hasEnded) this.child.kill(signal);
  }

  /** Sends a signal that ends the process, and waits for its end. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.signal(signal);
    await this.ended;
  }

  /** SIGTERM, and after some seconds SIGKILL; waits for the end. A frozen process is thawed so that it can hear. */
  async terminate(): Promise<void> {
    this.signal('SIGTERM');
    this.signal('SIGCONT');
    const patience = setTimeout(() => this.signal('SIGKILL'), TERMINATE_MS);
    await this.ended;
    clearTimeout(patience);
  }

  private keepOutput(bytes: Buffer): void {
    this.output = (this.output + bytes.toString()).slice(-OUTPUT_KEPT);
  }
}

/** Linux ends a child with us even when we are killed and no handler of ours runs: prctl(2), PR_SET_PDEATHSIG. */
function boundToUs(executable: string, args: string[]): [command: string, words: string[]] {
  const setpriv = process.platform === 'linux' ? findServer('setpriv') : undefined;
  return setpriv === undefined ? [executable, args] : [setpriv, ['--pdeathsig', 'KILL', '--', executable, ...args]];
}
