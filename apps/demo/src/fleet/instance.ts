import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { Agent, type AgentOptions } from 'node:http';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Upstream } from '../balancer/rotation.js';
import type { Guarantees } from 'nestjs-shared-session';
import { DemoFailure } from '../demo-failure.js';
import { LOOPBACK } from '../loopback.js';
import { isAlive } from './liveness.js';
import type { InstanceOrder, InstanceReport, InstanceSettings } from './messages.js';

/** `silent`: the process is there, but does not answer. Only `up` is in rotation. */
export type InstanceState = 'starting' | 'up' | 'silent' | 'stopping' | 'stopped';

/** An instance as the balancer's list shows it. */
export interface InstanceView {
  readonly name: string;
  readonly url: string;
  /** Null while there is no process. */
  readonly pid: number | null;
  readonly state: InstanceState;
}

const PROGRAM = new URL('../instance/main.js', import.meta.url);

/** How long an instance may take to come up, and to finish its requests when it is told to end. */
const START_MS = 30_000;
const STOP_MS = 3_500;

/** How long the system takes, at most, to report that a process has ended. */
const REPORT_MS = 1_000;

/**
 * The idle time is less than an instance keeps a connection open, so that the balancer never sends a request into one that is
 * being closed: a POST would be lost.
 */
const CONNECTIONS: AgentOptions = { keepAlive: true, timeout: 4_000 };

/** One instance of the shop: a process that is started and stopped, again and again. Emits `news` for the operator. */
export class Instance extends EventEmitter<{ news: [line: string] }> implements Upstream {
  readonly url: string;
  readonly repeatables = new Agent(CONNECTIONS);
  readonly others = new Agent(CONNECTIONS);
  private process: ChildProcess | undefined;
  private current: InstanceState = 'stopped';
  private promises: Guarantees | undefined;
  private answering: Promise<unknown> | undefined;
  private gone: Promise<unknown> | undefined;

  /** @param program what the process runs: it calls `serveInstance` */
  constructor(
    private readonly settings: InstanceSettings,
    private readonly program: URL = PROGRAM,
  ) {
    super();
    this.url = `http://${LOOPBACK}:${settings.port}`;
  }

  get name(): string {
    return this.settings.name;
  }

  get state(): InstanceState {
    return this.current;
  }

  get view(): InstanceView {
    return { name: this.name, url: this.url, pid: this.process?.pid ?? null, state: this.current };
  }

  /** What its sessions promise; undefined before it has answered for the first time. */
  get guarantees(): Guarantees | undefined {
    return this.promises;
  }

  /** Resolves when the instance answers requests; at once when it does already. Throws `DemoFailure`. */
  async start(): Promise<void> {
    if (this.current === 'stopping') await this.gone;
    if (this.isRunning) await this.noticeDeath();
    if (this.process === undefined) this.answering = this.launch();
    await this.answering;
  }

  /** Resolves when the process is gone: after its requests, or killed when they take too long. */
  async stop(): Promise<void> {
    const child = this.process;
    if (child === undefined) return;
    this.current = 'stopping';
    child.kill('SIGTERM');
    // A frozen process hears nothing else.
    child.kill('SIGCONT');
    const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await this.gone;
    clearTimeout(patience);
  }

  /** Ends the process at once, and resolves when it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.gone;
  }

  /** Sends a signal; nothing happens without a process. */
  signal(signal: NodeJS.Signals): void {
    this.process?.kill(signal);
  }

  /** Makes every request wait for so many milliseconds before the shop sees it, until told otherwise; a new process does not know of it. */
  slow(delayMs: number): void {
    this.tell({ delayMs });
  }

  /** Takes an instance that does not answer out of rotation; what can be repeated elsewhere waits for it no longer. */
  fallSilent(): void {
    if (this.current !== 'up') return;
    this.current = 'silent';
    this.repeatables.destroy();
    this.emit('news', `Instance ${this.name} does not answer and is out of rotation`);
  }

  /** The opposite of `fallSilent`. */
  comeBack(): void {
    if (this.current !== 'silent') return;
    this.current = 'up';
    this.emit('news', `Instance ${this.name} answers again`);
  }

  private get isRunning(): boolean {
    return this.current === 'up' || this.current === 'silent';
  }

  private async launch(): Promise<void> {
    this.current = 'starting';
    const child = fork(this.program, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.process = child;
    this.relay(child.stdout, process.stdout);
    this.relay(child.stderr, process.stderr);
    const listening = this.untilListening(child);
    this.gone = new Promise((resolve) => child.once('exit', resolve));
    child.once('exit', (code, signal) => this.ended(signal ?? `exit code ${code}`));
    this.tell(this.settings);
    await listening;
    // Perhaps it was told to end while it started.
    if (this.current === 'starting') this.current = 'up';
  }

  /** A process that was killed just now has not been reported as gone yet. */
  private async noticeDeath(): Promise<void> {
    if (!(await isAlive(this.url))) await Promise.race([this.gone, delay(REPORT_MS)]);
  }

  private untilListening(child: ChildProcess): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => reject(new DemoFailure(`Instance ${this.name} did not start: ${reason}`));
      const patience = setTimeout(() => {
        fail(`it did not answer within ${START_MS / 1_000} s`);
        child.kill('SIGKILL');
      }, START_MS);
      child.once('error', (error) => fail(error.message));
      child.once('exit', () => {
        clearTimeout(patience);
        fail('its process ended');
      });
      child.on('message', (report: InstanceReport) => {
        clearTimeout(patience);
        if (report.is === 'listening') resolve((this.promises = report.guarantees));
        else if (report.is === 'failed') fail(report.reason);
        else this.leave();
      });
    });
  }

  private tell(order: InstanceOrder): void {
    // Whether it is still there to hear it, its end tells.
    this.process?.send(order, () => {});
  }

  private leave(): void {
    if (this.current === 'stopping') return;
    this.current = 'stopping';
    this.emit('news', `Instance ${this.name} was told to end and is out of rotation`);
  }

  private ended(how: string): void {
    if (this.isRunning) this.emit('news', `Instance ${this.name} died (${how}) and is out of rotation`);
    this.process = undefined;
    this.current = 'stopped';
  }

  private relay(from: Readable | null, to: NodeJS.WritableStream): void {
    if (from !== null) createInterface(from).on('line', (line) => to.write(`[${this.name}] ${line}\n`));
  }
}
