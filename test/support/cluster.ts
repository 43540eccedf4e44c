import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Guarantees } from 'nestjs-shared-session';
import type { InstanceNews, InstanceOrder } from '../instance/main.js';

const INSTANCE = new URL('../instance/dist/main.js', import.meta.url);

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

  static async start(order: Omit<InstanceOrder, 'instance'>, instances = 3): Promise<Cluster> {
    const processes = Array.from({ length: instances }, (_, instance) =>
      fork(INSTANCE, [JSON.stringify({ ...order, instance } satisfies InstanceOrder)]),
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

  async stop(): Promise<void> {
    const ended = this.processes.filter(({ exitCode }) => exitCode === null).map((child) => once(child, 'exit'));
    for (const child of this.processes) child.disconnect();
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
