import { SessionStoreError } from '../contracts/errors.js';

/** The time that one request may spend on session work, over all its store calls and waits. */
export class WorkBudget {
  private spent = 0;

  constructor(private readonly totalMs: number) {}

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
   * later is dropped.
   */
  async spend<T>(work: Promise<T>, limitMs: number, onTimeout: (ms: number) => Error): Promise<T> {
    const started = performance.now();
    try {
      return await withDeadline(work, Math.min(limitMs, this.remaining), onTimeout);
    } finally {
      this.spent += performance.now() - started;
    }
  }
}

function withDeadline<T>(work: Promise<T>, ms: number, onTimeout: (ms: number) => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(onTimeout(ms)), ms);
    work.then(
      (answer) => {
        clearTimeout(timer);
        resolve(answer);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
