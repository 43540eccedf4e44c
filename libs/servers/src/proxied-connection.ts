import type { Socket } from 'node:net';
import type { Fault, FaultDirection } from './fault.js';

interface Arrived {
  readonly bytes: Buffer;
  readonly at: number;
}

/** One client's connection through a `FaultProxy`: two queues of bytes, and the fault decides when and whether they go on. */
export class ProxiedConnection {
  /** Bytes that went on, by direction. */
  readonly delivered = { commands: 0, answers: 0 };
  /** Bytes that went nowhere. */
  swallowed = 0;
  private readonly waiting: Record<FaultDirection, Arrived[]> = { commands: [], answers: [] };
  private readonly timers: Partial<Record<FaultDirection, NodeJS.Timeout>> = {};
  private lost = false;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly fault: () => Fault,
  ) {
    client.on('data', (bytes) => this.arrive('commands', bytes));
    server.on('data', (bytes) => this.arrive('answers', bytes));
    for (const socket of [client, server]) {
      socket.on('error', () => this.cut());
      socket.on('close', () => this.cut());
    }
  }

  /** Bytes that are kept back now. */
  get waitingBytes(): number {
    return [...this.waiting.commands, ...this.waiting.answers].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  onceClosed(listener: () => void): void {
    this.client.once('close', listener);
  }

  /** Ends both sides; what waits is lost. */
  cut(): void {
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.client.destroy();
    this.server.destroy();
  }

  /** Ends the client's side with RST. */
  reset(): void {
    if (!this.client.destroyed) this.client.resetAndDestroy();
    this.cut();
  }

  /** Looks again at what waits, because the fault is another one. */
  proceed(): void {
    this.pump('commands');
    this.pump('answers');
  }

  private arrive(direction: FaultDirection, bytes: Buffer): void {
    this.waiting[direction].push({ bytes, at: performance.now() });
    this.pump(direction);
  }

  private pump(direction: FaultDirection): void {
    clearTimeout(this.timers[direction]);
    const waiting = this.waiting[direction];
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const wait = this.millisecondsToWait(direction, next);
      if (wait > 0) {
        if (wait < Infinity) this.timers[direction] = setTimeout(() => this.pump(direction), wait);
        return;
      }
      waiting.shift();
      this.pass(direction, next.bytes);
    }
  }

  private millisecondsToWait(direction: FaultDirection, { at }: Arrived): number {
    const fault = this.fault();
    if (fault.kind === 'hold') return fault.direction === direction ? Infinity : 0;
    if (fault.kind !== 'delay' || (fault.direction ?? direction) !== direction) return 0;
    return Math.ceil(at + fault.ms - performance.now());
  }

  private pass(direction: FaultDirection, bytes: Buffer): void {
    const fault = this.fault();
    if (fault.kind === 'black-hole') this.lost = true;
    if (this.lost) {
      this.swallowed += bytes.length;
      return;
    }
    if (direction === 'commands') return this.deliver('commands', bytes);
    if (fault.kind === 'drop-answers') return this.cut();
    if (fault.kind !== 'cut-answers') return this.deliver('answers', bytes);
    this.lost = true;
    this.deliver('answers', bytes.subarray(0, fault.bytes));
    this.client.end(() => this.cut());
  }

  private deliver(direction: FaultDirection, bytes: Buffer): void {
    const target = direction === 'commands' ? this.server : this.client;
    if (target.destroyed || bytes.length === 0) return;
    this.delivered[direction] += bytes.length;
    target.write(bytes);
  }
}
