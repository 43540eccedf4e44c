import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { FileSessionsOptions } from './index.js';

interface Message {
  readonly call?: number;
  readonly answer?: unknown;
  readonly error?: string;
  readonly stored?: number;
}

/** A server in another process, over the same directories. */
export class SessionProcess {
  /** The last version that it has acknowledged while it saved forever. */
  stored = 0;
  private calls = 0;
  private readonly waiting = new Map<number, (message: Message) => void>();
  private readonly child: ChildProcess;

  /** @param environment what it has beside what this process has */
  constructor(given: FileSessionsOptions, environment: Readonly<Record<string, string>> = {}) {
    this.child = fork(new URL('session-process.mjs', import.meta.url), [JSON.stringify(given)], {
      env: { ...process.env, ...environment },
    });
    this.child.on('message', (message: Message) => {
      this.stored = message.stored ?? this.stored;
      if (message.call !== undefined) this.waiting.get(message.call)?.(message);
    });
  }

  async ready(): Promise<this> {
    await once(this.child, 'message');
    return this;
  }

  /** Calls a method there. Never settles when the process is killed. */
  async call<T>(method: string, ...args: unknown[]): Promise<T> {
    const call = this.calls++;
    const { answer, error } = await new Promise<Message>((resolve) => {
      this.waiting.set(call, resolve);
      this.child.send({ call, method, args });
    });
    if (error !== undefined) throw new Error(error);
    return answer as T; // oxlint-disable-line typescript/no-unsafe-type-assertion -- the method's own answer
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}
