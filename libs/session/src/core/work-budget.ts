import { type DeadlineWatch, Wait } from './deadline-watch.js';
import { SessionStoreError } from '../contracts/errors.js';

/** The time that one request may spend on session work, over all its store calls and waits. */
export class WorkBudget {
  private spent = 0;

  constructor(
    private readonly totalMs: number,
    private readonly watch: DeadlineWatch,
  ) {}

  /** Milliseconds left, at least 0. */
  get remaining(): number {
    return Math.max(0, this.totalMs - this.spent);
  }

  /** Throws when nothing is left. */
  assertLeft(): void {
    if (this.remaining === 0) throw new SessionStoreError('the time for session work of this request is spent');
  }

  /**
   * Waits for `work` at most `limitMs` and at most what is left; then rejects with what `onTimeout` makes. Whatever comes
   * later is dropped. One promise for all of it: this is around every store call.
   */
  spend<T>(work: Promise<T>, limitMs: number, onTimeout: (ms: number) => Error): Promise<T> {
    const limit = Math.min(limitMs, this.remaining);
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        // What comes after the end of its time was paid for then.
        if (wait.expire === undefined) return;
        wait.end();
        this.spent += performance.now() - started;
      };
      const expire = (): void => {
        settle();
        reject(onTimeout(limit));
      };
      const wait = new Wait(started + limit, expire);
      this.watch.add(wait);
      work.then(
        (answer) => {
          settle();
          resolve(answer);
        },
        (error: unknown) => {
          settle();
          reject(error);
        },
      );
    });
  }
}
