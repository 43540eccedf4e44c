import { setTimeout as delay } from 'node:timers/promises';
import type { Instance } from '../fleet/instance.js';
import { isAlive } from '../fleet/liveness.js';
import type { LabInstance, LabState } from './lab.js';
import { Turns } from './turns.js';

const ASK_EVERY_MS = 20;
const ANSWERS_WITHIN_MS = 10_000;

/** What was done to a process; another process knows nothing of it. */
interface Inflicted {
  readonly pid: number | null;
  readonly state: 'frozen' | 'slow';
}

/** An instance of the demo that can be made to fail. */
export class FailingInstance implements LabInstance {
  private readonly turns = new Turns();
  private inflicted: Inflicted | undefined;
  private isRetired = false;

  constructor(private readonly instance: Instance) {}

  get name(): string {
    return this.instance.name;
  }

  get url(): string {
    return this.instance.url;
  }

  /** Null while there is no process. */
  get pid(): number | null {
    return this.instance.view.pid;
  }

  get state(): LabState {
    const { state } = this.instance;
    if (state === 'stopped') return 'down';
    if (state === 'stopping' || this.inflicted?.pid !== this.pid) return state;
    return this.inflicted.state;
  }

  async kill(): Promise<void> {
    await this.turns.take(() => this.instance.kill());
  }

  async freeze(): Promise<void> {
    await this.turns.take(async () => {
      this.instance.signal('SIGSTOP');
      this.inflicted = { pid: this.pid, state: 'frozen' };
    });
  }

  async slow(ms: number): Promise<void> {
    await this.turns.take(async () => {
      this.instance.slow(ms);
      this.inflicted = ms === 0 ? undefined : { pid: this.pid, state: 'slow' };
    });
  }

  async bringBack(): Promise<void> {
    await this.turns.take(async () => {
      if (this.isRetired) throw new Error(`Instance ${this.name} has ended for good`);
      this.instance.signal('SIGCONT');
      this.instance.slow(0);
      this.inflicted = undefined;
      await this.instance.start();
      await this.untilItAnswers();
      this.instance.comeBack();
    });
  }

  /** It does not come back from now on. */
  retire(): void {
    this.isRetired = true;
  }

  private async untilItAnswers(): Promise<void> {
    const deadline = performance.now() + ANSWERS_WITHIN_MS;
    while (!(await isAlive(this.url))) {
      if (performance.now() > deadline) throw new Error(`Instance ${this.name} does not answer`);
      await delay(ASK_EVERY_MS);
    }
  }
}
