/** Clocks that agree to within so much are taken for one, so that the times of a record come back exactly as they were given. */
const SAME_CLOCK_MS = 1_000;
/** After this time a less precise answer counts too, in case the server's clock was set. */
const OLD_MS = 10_000;

/**
 * What this instance knows of the primary's clock. Sessions expire by that one alone: an instance whose own clock is wrong translates
 * times in both directions, and so neither shortens nor lengthens anybody's session. Counted by the monotonic clock, so that a
 * step of the instance's own clock changes nothing.
 */
export class ServerClock {
  /** Of the server's clock over `performance.now()`, at most, and how much less it may be. */
  #ahead = performance.timeOrigin;
  #uncertainty = Number.POSITIVE_INFINITY;
  #observedAt = Number.NEGATIVE_INFINITY;

  get isKnown(): boolean {
    return this.#uncertainty !== Number.POSITIVE_INFINITY;
  }

  /** @param serverNow epoch ms as the server said @param askedAt when it was asked, by `performance.now()` */
  observe(serverNow: number, askedAt: number): void {
    const answeredAt = performance.now();
    const uncertainty = answeredAt - askedAt;
    if (uncertainty > this.#uncertainty && answeredAt - this.#observedAt < OLD_MS) return;
    this.#ahead = serverNow - askedAt;
    this.#uncertainty = uncertainty;
    this.#observedAt = answeredAt;
  }

  /** Epoch ms at the server: surely not later. */
  get latest(): number {
    return this.latestAt(performance.now());
  }

  /** The same at another time, by `performance.now()`. */
  latestAt(time: number): number {
    return time + this.#ahead;
  }

  /** Epoch ms at the server: surely not earlier. */
  get earliest(): number {
    return this.latest - (this.isKnown ? this.#uncertainty : 0);
  }

  /** What has to be added to a time of this instance to have the server's. */
  get shiftMs(): number {
    if (!this.isKnown) return 0;
    const shift = Math.round(this.latest - this.#uncertainty / 2 - Date.now());
    return Math.abs(shift) <= SAME_CLOCK_MS ? 0 : shift;
  }
}
