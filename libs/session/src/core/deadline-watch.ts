const TICK_MS = 20;

/** Something that ends when it is not taken off the watch before. */
export class Wait {
  /** @param until on the clock of `performance.now()` */
  constructor(
    readonly until: number,
    public expire: (() => void) | undefined,
  ) {}

  /** Takes it off the watch. What it held on to is let go at once: an old list must not keep young sessions alive for the collector. */
  end(): void {
    this.expire = undefined;
  }
}

/**
 * Deadlines of many short waits on one timer: a timer for each of them would be set and cleared for every store call, on the way of
 * every read. A deadline is noticed up to 20 ms late. The timer runs only while something waits.
 */
export class DeadlineWatch {
  private waits: Wait[] = [];
  private timer: NodeJS.Timeout | undefined;

  add(wait: Wait): void {
    this.waits.push(wait);
    this.timer ??= setInterval(() => this.check(), TICK_MS);
  }

  private check(): void {
    const now = performance.now();
    for (const wait of this.waits) if (wait.until <= now) wait.expire?.();
    this.waits = this.waits.filter((wait) => wait.expire !== undefined);
    if (this.waits.length > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
