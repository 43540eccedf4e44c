import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DestroyResult, SaveResult, SessionRecord } from 'nestjs-shared-session';
import type { ReplicatedSessionsOptions } from 'nestjs-shared-session/replicated';

const PROGRAM = fileURLToPath(new URL('./remote-repository.mjs', import.meta.url));

interface Reply {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: object;
}

/** A repository in a process of its own. Calls reject with what its errors say, and when the process ends. */
export class RemoteRepository {
  private readonly waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  private calls = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (reply: Reply) => this.settle(reply));
    child.once('exit', () => {
      for (const call of this.waiting.values()) call.reject(new Error('the process ended'));
    });
  }

  /** @param before words before the command, such as those of a namespace */
  static async start(before: readonly string[], options: ReplicatedSessionsOptions): Promise<RemoteRepository> {
    const [command, ...words] = [...before, process.execPath, PROGRAM, JSON.stringify(options)];
    const child = spawn(command, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' });
    const ready = once(child, 'message');
    await Promise.race([ready, once(child, 'exit').then(() => Promise.reject(new Error('it ended at its start')))]);
    return new RemoteRepository(child);
  }

  load(token: string, atLeast?: number): Promise<SessionRecord | null> {
    return this.call('load', token, atLeast);
  }

  save(record: SessionRecord): Promise<SaveResult> {
    return this.call('save', record);
  }

  destroy(token: string, version?: number): Promise<DestroyResult> {
    return this.call('destroy', token, version);
  }

  isServing(): Promise<boolean> {
    return this.call('isServing');
  }

  size(): Promise<number> {
    return this.call('size');
  }

  /** SIGKILL: no word to anybody. */
  async kill(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  private call<T>(method: string, ...args: unknown[]): Promise<T> {
    if (!this.child.connected) return Promise.reject(new Error('the process has ended'));
    return new Promise<T>((resolve, reject) => {
      const id = ++this.calls;
      this.waiting.set(id, { resolve, reject });
      this.child.send({ id, method, args });
    });
  }

  private settle({ id, answer, error }: Reply): void {
    const call = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) call?.resolve(answer);
    else call?.reject(Object.assign(new Error(), error));
  }
}
