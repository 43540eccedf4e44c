/** Repeats a sweep in the background. It keeps no process alive, and a sweep that fails is tried again next time. */
export class Sweeper {
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> = Promise.resolve();

  /** @param everyMs about, so that servers which were started together do not sweep together; 0 for never */
  constructor(
    private readonly work: (signal: AbortSignal) => Promise<number>,
    private readonly everyMs: number,
  ) {}

  start(): void {
    if (this.everyMs === 0 || this.stopping.signal.aborted) return;
    const wait = this.everyMs * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => {
      this.running = this.sweep()
        .catch(() => undefined)
        .then(() => this.start());
    }, wait).unref();
  }

  sweep(): Promise<number> {
    return this.work(this.stopping.signal);
  }

  /** Resolves when no sweep of the background is under way any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.running;
  }
}
