const TICK_MS = 20;

/** Something that ends when nobody took it off the watch before. */
export interface Wait {
  /** On the clock of `performance.now()`. */
  readonly until: number;
  readonly expire: () => void;
}

/**
 * Deadlines of many short waits on one timer: a timer for each of them would be set and cleared for every store call, on the way of
 * every read. A deadline is noticed up to 20 ms late. The timer runs only while something waits.
 */
export class DeadlineWatch {
  private readonly waits = new Set<Wait>();
  private timer: NodeJS.Timeout | undefined;

  add(wait: Wait): void {
    this.waits.add(wait);
    this.timer ??= setInterval(() => this.check(), TICK_MS);
  }

  remove(wait: Wait): void {
    this.waits.delete(wait);
  }

  private check(): void {
    const now = performance.now();
    for (const wait of this.waits) {
      if (wait.until > now) continue;
      this.waits.delete(wait);
      wait.expire();
    }
    if (this.waits.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
