/** Repeats some work in the background. It keeps no process alive, and work that fails is tried again next time. */
export class BackgroundTask {
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();

  /**
   * @param work ends early when the signal is aborted
   * @param everyMs about, so that instances which were started together do not work together; 0 for never
   */
  constructor(
    private readonly work: (signal: AbortSignal) => Promise<unknown>,
    private readonly everyMs: number,
  ) {}

  /** @param afterMs until the first time */
  start(afterMs = this.everyMs * (0.75 + Math.random() / 2)): void {
    if (this.everyMs === 0 || this.#stopping.signal.aborted) return;
    const goOn = (): void => this.start();
    this.#timer = setTimeout(() => {
      this.#running = this.work(this.#stopping.signal).then(goOn, goOn);
    }, afterMs).unref();
  }

  /** Resolves when no work is under way any more, and none will be. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }
}
