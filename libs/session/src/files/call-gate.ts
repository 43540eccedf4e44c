/** What a call says that has no answer in time; nobody knows whether it was made. */
export const NO_ANSWER = 'no answer';

/** What a call says that was not made, since earlier ones have no answer yet. */
export const NOT_ASKED = 'no answer to earlier calls';

/** A call of the file system that did not end in time. */
export class NoAnswerError extends Error {
  constructor(readonly code: typeof NO_ANSWER | typeof NOT_ASKED) {
    super(code);
  }
}

/** How many threads libuv has for the file system, and for much else: a call of a mount that hangs keeps one until it is back. */
function threads(): number {
  const given = Number(process.env['UV_THREADPOOL_SIZE']);
  return Number.isInteger(given) && given > 0 ? given : 4;
}

/** How many calls of one of so many directories may be under way, so that all of them together leave a thread to others. */
export function callsPerDirectory(directories: number): number {
  return Math.max(1, Math.floor((threads() - 1) / directories));
}

/**
 * The door to one directory. So many calls are inside at most; the others wait in front of it. Who has waited for too long, inside or
 * outside, is told so, but a call that is inside stays there until the system answers: while all places are taken by such calls, every other one is
 * refused at once. The stuck calls are their own probe: when the directory answers again, they end, and the door is open.
 */
export class CallGate {
  #inside = 0;
  #overdue = 0;
  readonly #waiting = new Set<() => void>();

  /**
   * @param capacity how many calls are inside at most
   * @param deadlineMs how long a call may take, or may wait
   */
  constructor(
    private readonly capacity: number,
    private readonly deadlineMs: number,
  ) {}

  /** How many calls are inside that should have ended. */
  get stuck(): number {
    return this.#overdue;
  }

  /** Makes the call when there is room. Rejects with `NoAnswerError` when it takes too long, else as the call does. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#overdue >= this.capacity) throw new NoAnswerError(NOT_ASKED);
    if (this.#inside >= this.capacity) await this.#room();
    return this.#enter(call);
  }

  #room(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        if (this.#waiting.delete(enter)) reject(new NoAnswerError(NOT_ASKED));
      }, this.deadlineMs).unref();
      this.#waiting.add(enter);
    });
  }

  #enter<T>(call: () => Promise<T>): Promise<T> {
    this.#inside += 1;
    return new Promise((resolve, reject) => {
      let [isOver, isOverdue] = [false, false];
      const giveUp = (): void => {
        if (isOver) return;
        isOverdue = true;
        this.#overdue += 1;
        reject(new NoAnswerError(NO_ANSWER));
      };
      // Once more after what the system has answered meanwhile: a process that stood still itself takes no disk for silent.
      const timer = setTimeout(() => setImmediate(giveUp), this.deadlineMs).unref();
      const leave = (): void => {
        isOver = true;
        clearTimeout(timer);
        if (isOverdue) this.#overdue -= 1;
        this.#inside -= 1;
        this.#admitNext();
      };
      call().then(
        (answer) => {
          leave();
          resolve(answer);
        },
        (error: unknown) => {
          leave();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  #admitNext(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next();
  }
}
