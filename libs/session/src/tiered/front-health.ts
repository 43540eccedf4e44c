const TIMEOUTS_TO_OPEN = 3;
const PROBE_EVERY_MS = 250;
const CALM_MS = 1_000;

/** The front did not do what it was asked. Never leaves this folder. */
export class FrontUnavailable extends Error {}

/**
 * Whether the front is worth asking. After three calls in a row that it did not answer in time it is passed over, but for one call
 * each 250 ms. Errors that come quickly cost nothing, and may concern one of its nodes only: they do not count.
 */
export class FrontHealth {
  #timeoutsInARow = 0;
  #nextProbe = 0;
  #lastFailure: number | undefined;
  #isLost = false;

  /** @param tell of its loss, with the reason, and of its return, without one */
  constructor(private readonly tell: (lostBecause?: string) => void) {}

  /** What the front answers. Rejects with `FrontUnavailable` in time; what comes later reaches nobody. */
  async ask<T>(work: () => Promise<T>, timeoutMs: number): Promise<T> {
    this.#admit();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new FrontUnavailable('no answer in time')), timeoutMs);
    });
    try {
      const answer = await Promise.race([work(), patience]);
      this.#succeeded();
      return answer;
    } catch (error) {
      this.#failed(error);
      throw new FrontUnavailable();
    } finally {
      clearTimeout(timer);
    }
  }

  #admit(): void {
    if (this.#timeoutsInARow < TIMEOUTS_TO_OPEN) return;
    const now = performance.now();
    if (now < this.#nextProbe) throw new FrontUnavailable();
    this.#nextProbe = now + PROBE_EVERY_MS;
  }

  #succeeded(): void {
    this.#timeoutsInARow = 0;
    if (!this.#isLost || performance.now() - (this.#lastFailure ?? 0) < CALM_MS) return;
    this.#isLost = false;
    this.tell();
  }

  #failed(error: unknown): void {
    const timedOut = error instanceof FrontUnavailable;
    this.#timeoutsInARow = timedOut ? this.#timeoutsInARow + 1 : 0;
    this.#lastFailure = performance.now();
    if (this.#isLost) return;
    this.#isLost = true;
    this.tell(timedOut ? error.message : 'it cannot answer');
  }
}
