/** Where nothing can be written over, lines are not closer than that. */
const LINE_EVERY_MS = 3_000;

/** One line on standard error that says how far it is; on a terminal it is written over, elsewhere there is one now and then. */
export class Progress {
  private readonly started = performance.now();
  private last = Number.NEGATIVE_INFINITY;

  show(text: string): void {
    const now = performance.now();
    const line = `${String(Math.round((now - this.started) / 1_000)).padStart(4)} s  ${text}`;
    if (process.stderr.isTTY) process.stderr.write(`\r${line.slice(0, (process.stderr.columns ?? 80) - 1)}\u001B[K`);
    else if (now - this.last >= LINE_EVERY_MS) {
      this.last = now;
      process.stderr.write(`${line}\n`);
    }
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  }
}
