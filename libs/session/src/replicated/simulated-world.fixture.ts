/** Time and chance under a test's command: the same seed gives the same run, event by event. */
export class SimulatedWorld {
  private readonly events: { at: number; order: number; run: () => void }[] = [];
  private order = 0;
  private state: number;
  time = 0;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** From 0 to below 1 (mulberry32). */
  readonly random = (): number => {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };

  between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }

  after(ms: number, run: () => void): void {
    const event = { at: this.time + ms, order: this.order++, run };
    let place = this.events.length;
    while (place > 0 && isLater(this.events[place - 1]!, event)) place -= 1;
    this.events.splice(place, 0, event);
  }

  /** Lets so much time pass: every event in its turn, and all that follows from it before the next. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (let next = this.events[0]; next !== undefined && next.at <= end; next = this.events[0]) {
      this.events.shift();
      this.time = next.at;
      next.run();
      await consequences();
    }
    this.time = end;
  }
}

function isLater(one: { at: number; order: number }, other: { at: number; order: number }): boolean {
  return one.at > other.at || (one.at === other.at && one.order > other.order);
}

/** Promises have had their turn when the event loop has come round. */
function consequences(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
