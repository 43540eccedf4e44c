import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Guarantees } from 'nestjs-shared-session';
import type { InstanceNews, InstanceOrder } from '../instance/main.js';
import type { TestStore } from './stores/test-store.js';

const INSTANCE = new URL('../instance/dist/main.js', import.meta.url);

type Choice = Omit<InstanceOrder, 'instance' | 'store' | 'address' | 'timeout'>;

/** What instances over a store that was started are told. */
export function orderFor(store: TestStore, address: string, choice: Choice): Omit<InstanceOrder, 'instance'> {
  return { ...choice, store: store.name, address, ...(store.timeout !== undefined && { timeout: store.timeout }) };
}

/** Several instances of the lab application, each in a process of its own, over one store. */
export class Cluster {
  /** Conflicts between processes, all instances together. */
  conflicts = 0;

  private constructor(
    private readonly processes: readonly ChildProcess[],
    readonly urls: readonly string[],
    /** What the instances' repository promises; all say the same. */
    readonly guarantees: Guarantees,
  ) {}

  /** @param environments what each of the processes has in its environment beside what this one has */
  static async start(
    order: Omit<InstanceOrder, 'instance'>,
    instances = 3,
    environments: readonly Record<string, string>[] = [],
  ): Promise<Cluster> {
    const processes = Array.from({ length: instances }, (_, instance) =>
      fork(INSTANCE, [JSON.stringify({ ...order, instance } satisfies InstanceOrder)], {
        env: { ...process.env, ...environments[instance] },
      }),
    );
    const started = await Promise.all(processes.map(startOf));
    const urls = started.map(({ url }) => url);
    const [{ guarantees }] = started as [Started];
    const cluster = new Cluster(processes, urls, guarantees);
    for (const child of processes) {
      child.on('message', (news: InstanceNews) => {
        if ('conflict' in news) cluster.conflicts += 1;
      });
    }
    return cluster;
  }

  /** The instance that a balancer without stickiness would pick for the nth request. */
  url(nth: number): string {
    return this.urls[nth % this.urls.length] as string;
  }

  /** Ends the nth instance without a chance to finish anything. */
  async kill(nth: number): Promise<void> {
    const child = this.processes[nth] as ChildProcess;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Tells the nth instance to end, as an orchestrator does; resolves with its exit code, or the signal that ended it. */
  async terminate(nth: number): Promise<number | string | null> {
    const child = this.processes[nth] as ChildProcess;
    const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
    child.kill('SIGTERM');
    const [code, signal] = await exited;
    return code ?? signal;
  }

  async stop(): Promise<void> {
    const ended = this.processes
      .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
      .map((child) => once(child, 'exit'));
    for (const child of this.processes) if (child.connected) child.disconnect();
    await Promise.all(ended);
  }
}

type Started = Extract<InstanceNews, { url: string }>;

async function startOf(child: ChildProcess): Promise<Started> {
  const news = await new Promise<InstanceNews>((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`an instance ended at its start with code ${String(code)}`)));
  });
  if (!('url' in news)) throw new Error('an instance told something else than its address');
  return news;
}
