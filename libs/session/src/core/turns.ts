/** Runs operations one after the other, in the order in which they came, whether or not somebody waits for them. */
export class Turns {
  private last: Promise<unknown> | undefined;

  /**
   * What runs now; undefined when nothing does. Rejects as the operation does: whoever meets one that still runs knows that nobody
   * can have seen its outcome.
   */
  get running(): Promise<unknown> | undefined {
    return this.last;
  }

  /** Settles as the operation does. The first one starts at once. */
  run<R>(operation: () => Promise<R>): Promise<R> {
    const previous = this.last;
    const result = previous === undefined ? operation() : previous.then(operation, operation);
    // An operation that failed while others waited for it fails those who wait for them all.
    const all = previous === undefined ? result : result.then(() => previous);
    const forget = (): void => {
      if (this.last === all) this.last = undefined;
    };
    result.then(forget, forget);
    all.catch(() => undefined);
    this.last = all;
    return result;
  }
}
