import { type ChildProcess as NodeChild, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onCore } from './cores.js';
import type { Answer, Protocol, Question } from './protocol.js';

/** How a child process is started. */
export interface ChildOptions {
  readonly args?: readonly string[];
  /** Options of Node and V8. */
  readonly nodeOptions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The core that it stays on. */
  readonly core: number | undefined;
}

/** A Node process of our own that answers questions, one at a time. It ends with this process. */
export class ChildProcess<P extends Protocol> {
  private readonly child: NodeChild;
  private readonly ended: Promise<unknown>;

  /** @param script the module that it runs, as a URL */
  constructor(script: URL, { args = [], nodeOptions = [], env = {}, core }: ChildOptions) {
    const [command = '', ...words] = onCore(core, [process.execPath, ...nodeOptions, fileURLToPath(script), ...args]);
    this.child = spawn(command, words, {
      env: { ...process.env, NODE_ENV: 'production', ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.ended = once(this.child, 'exit');
    // One that could not be started says so to whoever asks it.
    this.ended.catch(() => undefined);
  }

  /** Asks and waits for the answer. Throws what the child could not do, and when it ends instead of answering. */
  async ask<N extends keyof P & string>(name: N, ask: P[N]['ask']): Promise<P[N]['answer']> {
    const waiting = new AbortController();
    const ended = this.ended.then(() => Promise.reject(new Error(`${this.name} ended instead of answering "${name}"`)));
    const answered = once(this.child, 'message', { signal: waiting.signal });
    // A process that has ended cannot be sent anything; that it has ended is what we are told below.
    this.child.send({ name, ask } satisfies Question, () => undefined);
    try {
      const [answer] = (await Promise.race([answered, ended])) as [Answer];
      if ('failure' in answer) throw new Error(`${this.name}: ${answer.failure}`);
      return answer.answer;
    } finally {
      waiting.abort();
      answered.catch(() => undefined);
      ended.catch(() => undefined);
    }
  }

  /** Ends the process and waits until it is gone. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.ended;
  }

  private get name(): string {
    return this.child.spawnargs.slice(-2).join(' ');
  }
}
