import { setTimeout as delay } from 'node:timers/promises';
import type { Rotation, Upstream } from '../balancer/rotation.js';
import type { Instance } from './instance.js';
import { isAlive } from './liveness.js';

const PROBE_EVERY_MS = 1_000;

/** All instances, and whose turn it is. */
export class Fleet implements Rotation {
  private turn = 0;
  private watching = new AbortController();

  constructor(readonly instances: readonly Instance[]) {}

  find(name: string): Instance | undefined {
    return this.instances.find((instance) => instance.name === name);
  }

  /** The next instance in rotation, round robin; undefined when there is none besides those to leave out. */
  next(except: ReadonlySet<Upstream>): Instance | undefined {
    for (let step = 0; step < this.instances.length; step += 1) {
      const instance = this.instances[this.turn++ % this.instances.length];
      if (instance?.state === 'up' && !except.has(instance)) return instance;
    }
    return undefined;
  }

  /** Starts all of them and watches them from then on. Throws `DemoFailure` when one does not come up. */
  async start(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.start()));
    this.watching = new AbortController();
    void this.watch(this.watching.signal);
  }

  /** Resolves when all processes are gone. They can be started again. */
  async stop(): Promise<void> {
    this.watching.abort();
    await Promise.all(this.instances.map((instance) => instance.stop()));
  }

  private async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await Promise.all(this.instances.map(probe));
      await delay(PROBE_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function probe(instance: Instance): Promise<void> {
  if (instance.state !== 'up' && instance.state !== 'silent') return;
  const { pid } = instance.view;
  // Twice, for a machine may be busy.
  const alive = (await isAlive(instance.url)) || (await isAlive(instance.url));
  if (instance.view.pid !== pid) return;
  if (alive) instance.comeBack();
  else instance.fallSilent();
}
