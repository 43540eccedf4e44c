/** One line on standard error that says how far it is; on a terminal it is written over. */
export class Progress {
  private readonly started = performance.now();

  show(text: string): void {
    const seconds = Math.round((performance.now() - this.started) / 1_000);
    const line = `${String(seconds).padStart(4)} s  ${text}`;
    process.stderr.write(process.stderr.isTTY ? `\r${line}\u001B[K` : `${line}\n`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  }
}
