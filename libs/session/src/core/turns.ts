/** Runs operations one after the other, in the order in which they came, whether or not somebody waits for them. */
export class Turns {
  private last: Promise<unknown> | undefined;

  /** Settles when nothing runs any more; undefined when nothing does. Never rejects. */
  get running(): Promise<unknown> | undefined {
    return this.last;
  }

  /** Settles as the operation does. The first one starts at once. */
  run<R>(operation: () => Promise<R>): Promise<R> {
    const result = this.last === undefined ? operation() : this.last.then(operation);
    const settled: Promise<unknown> = result
      .catch(() => undefined)
      .then(() => {
        if (this.last === settled) this.last = undefined;
      });
    this.last = settled;
    return result;
  }
}
