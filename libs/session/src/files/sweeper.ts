/** Repeats a sweep in the background. It keeps no process alive, and a sweep that fails is tried again next time. */
export class Sweeper {
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  /**
   * @param work one sweep; ends early when the signal is aborted
   * @param everyMs about, so that servers which were started together do not sweep together; 0 for never
   */
  constructor(
    private readonly work: (signal: AbortSignal) => Promise<number>,
    private readonly everyMs: number,
  ) {}

  start(): void {
    if (this.everyMs === 0 || this.stopping.signal.aborted) return;
    const wait = this.everyMs * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => {
      this.running = this.sweepAndGoOn();
    }, wait).unref();
  }

  /** Sweeps now; answers how many sessions were removed. */
  sweep(): Promise<number> {
    return this.work(this.stopping.signal);
  }

  /** Resolves when no sweep of the background is under way any more, and none will be. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.running;
  }

  private async sweepAndGoOn(): Promise<void> {
    await this.sweep().catch(() => undefined);
    this.start();
  }
}
