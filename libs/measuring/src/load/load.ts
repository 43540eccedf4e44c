import { percentile } from '../statistics.js';
import { type ConnectionOwner, LoadConnection } from './load-connection.js';
import type { Duration, LoadResult, Target } from './protocol.js';

/** All connections to one server. Each has one request under way at a time, so the server sets the pace. */
export class Load implements ConnectionOwner {
  private readonly connections: readonly LoadConnection[];
  private latencies: number[] = [];
  private lastAnswer = 0;
  private underWay = 0;
  private goesOn: () => boolean = () => false;
  private settle: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(target: Target) {
    this.connections = target.cookies.map(
      (cookie) => new LoadConnection(target.port, requestsOf(target, cookie), target.holds, this),
    );
  }

  async open(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.open()));
  }

  /** Rejects at the first answer that is wrong. */
  async drive(duration: Duration): Promise<LoadResult> {
    this.latencies = [];
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    this.goesOn = this.until(duration, started);
    await new Promise<void>((resolve, reject) => {
      this.settle = { resolve, reject };
      for (const connection of this.connections) this.next(connection);
    });
    const { user, system } = process.cpuUsage(cpuBefore);
    return this.result(this.lastAnswer - started, user + system);
  }

  close(): void {
    this.settle = undefined;
    for (const connection of this.connections) connection.close();
  }

  answered(connection: LoadConnection, sentAt: number): void {
    this.lastAnswer = performance.now();
    this.latencies.push(this.lastAnswer - sentAt);
    this.underWay -= 1;
    this.next(connection);
    if (this.underWay === 0) this.settle?.resolve();
  }

  failed(error: Error): void {
    this.settle?.reject(error);
  }

  private next(connection: LoadConnection): void {
    if (!this.goesOn()) return;
    this.underWay += 1;
    connection.send();
  }

  private until(duration: Duration, started: number): () => boolean {
    if ('ms' in duration) return () => performance.now() - started < duration.ms;
    let left = duration.requests;
    return () => left-- > 0;
  }

  private result(elapsed: number, cpuTime: number): LoadResult {
    const sorted = Float64Array.from(this.latencies).toSorted();
    return {
      requests: sorted.length,
      elapsed,
      mean: sorted.reduce((sum, latency) => sum + latency, 0) / sorted.length,
      p50: percentile(sorted, 50),
      p97_5: percentile(sorted, 97.5),
      p99: percentile(sorted, 99),
      cpuTime,
    };
  }
}

function requestsOf({ method, path, port, sends = [''] }: Target, cookie: string): Buffer[] {
  const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\n`;
  if (method === 'GET') return [Buffer.from(`${head}\r\n`)];
  return sends.map((body) => {
    const type = body === '' ? '' : 'Content-Type: application/json\r\n';
    return Buffer.from(`${head}${type}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  });
}
