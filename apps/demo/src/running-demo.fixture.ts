import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { InstanceView } from './fleet/instance.js';
import { freePorts as freePortsInRow } from './free-ports.js';
import { LOOPBACK } from './loopback.js';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const WAIT_MS = 45_000;
const SHUTDOWN_MS = 10_000;

/** How the command is started: itself, or as a person starts it. */
export type Launcher = 'node' | 'npm';

const COMMANDS: Readonly<Record<Launcher, readonly [string, ...string[]]>> = {
  node: [process.execPath, PROGRAM],
  // The script before it builds what was built for these tests already.
  npm: ['npm', 'run', '--ignore-scripts', 'demo', '--'],
};

/** The built demo as a process of its own, in a process group of its own. */
export class RunningDemo implements AsyncDisposable {
  stdout = '';
  stderr = '';
  private readonly child: ChildProcess;
  private readonly end: Promise<number | NodeJS.Signals>;

  private constructor(
    launcher: Launcher,
    flags: readonly string[],
    readonly port: number,
  ) {
    const [command, ...words] = COMMANDS[launcher];
    this.child = spawn(command, [...words, ...flags], {
      cwd: REPOSITORY,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (bytes: Buffer) => (this.stdout += bytes.toString()));
    this.child.stderr?.on('data', (bytes: Buffer) => (this.stderr += bytes.toString()));
    this.end = once(this.child, 'close').then(([code, signal]) => code ?? signal);
  }

  /** Starts the command without waiting for anything. The flags say it all, the port too. */
  static launch(flags: readonly string[], launcher: Launcher = 'node', port = 0): RunningDemo {
    return new RunningDemo(launcher, flags, port);
  }

  /** Starts the demo on free ports and waits until it is ready. */
  static async start(flags: readonly string[] = [], launcher: Launcher = 'node'): Promise<RunningDemo> {
    const port = await freePorts();
    const demo = RunningDemo.launch(['--port', String(port), ...flags], launcher, port);
    await demo.until(() => demo.stdout.includes('\nready '), 'it is ready');
    return demo;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get url(): string {
    return `http://${LOOPBACK}:${this.port}`;
  }

  /** The address of one instance, past the balancer. */
  instanceUrl(name: string): string {
    return `http://${LOOPBACK}:${this.port + 1 + name.charCodeAt(0) - 'A'.charCodeAt(0)}`;
  }

  /** The exit code, or the signal that ended the command. */
  async exit(): Promise<number | NodeJS.Signals> {
    return this.end;
  }

  /** Sends a signal to the command alone, or to everything that it has started, too. */
  signal(signal: NodeJS.Signals, to: 'command' | 'group' = 'command'): void {
    process.kill(to === 'command' ? this.pid : -this.pid, signal);
  }

  async instances(): Promise<InstanceView[]> {
    const response = await fetch(`${this.url}/__demo/instances`);
    return JSON.parse(await response.text());
  }

  async instance(name: string): Promise<InstanceView> {
    const found = (await this.instances()).find((instance) => instance.name === name);
    if (found === undefined) throw new Error(`There is no instance ${name}`);
    return found;
  }

  /** Waits for a condition; fails with what the demo said, when it does not come or the demo ends. */
  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = performance.now() + WAIT_MS;
    while (!(await condition())) {
      const over = this.child.exitCode !== null || performance.now() > deadline;
      if (over) throw new Error(`The demo ended or waited in vain until ${what}:\n${this.stdout}\n${this.stderr}`);
      await delay(10);
    }
  }

  /** Processes of the demo that are still there: the command, npm and its shell, the instances, throw-away servers. */
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

/** Of a balancer and its instances. */
const PORTS_NEEDED = 4;

/** The first of the ports that a demo needs. */
export function freePorts(): Promise<number> {
  return freePortsInRow(PORTS_NEEDED);
}
