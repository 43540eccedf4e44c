import { setTimeout as delay } from 'node:timers/promises';
import { FaultProxy, type ThrowawayServer } from 'throwaway-servers';
import type { LabServer, LabState } from '../lab/lab.js';
import { Turns } from '../lab/turns.js';
import { LOOPBACK } from '../loopback.js';

const ASK_EVERY_MS = 10;
const ANSWERS_WITHIN_MS = 10_000;

/** A throw-away server of the demo's own behind a proxy that can slow it down. Clients use the address of the proxy. */
export class ProxiedServer implements LabServer {
  private readonly turns = new Turns();
  private isFrozen = false;
  private isStarting = false;
  private hasEnded = false;

  private constructor(
    readonly name: string,
    readonly kind: string,
    private readonly server: ThrowawayServer,
    private readonly proxy: FaultProxy,
  ) {}

  /**
   * Starts the server and the proxy.
   * @param kind what it is, such as `redis-server`
   */
  static async start(name: string, kind: string, start: () => Promise<ThrowawayServer>): Promise<ProxiedServer> {
    const server = await start();
    return new ProxiedServer(name, kind, server, await FaultProxy.start(server.port));
  }

  /** Host and port for clients. */
  get host(): string {
    return `${LOOPBACK}:${this.proxy.port}`;
  }

  /** The server's own address, but by way of the proxy. */
  get url(): string {
    const [scheme, rest = ''] = this.server.url.split(`${LOOPBACK}:${this.server.port}`);
    return scheme + this.host + rest;
  }

  get state(): LabState {
    if (this.isStarting) return 'starting';
    if (!this.server.isRunning) return 'down';
    if (this.isFrozen) return 'frozen';
    return this.proxy.fault.kind === 'delay' ? 'slow' : 'up';
  }

  /** Its port is closed, too. Its files stay. */
  async kill(): Promise<void> {
    await this.turns.take(async () => {
      await this.server.kill();
      await this.proxy.set({ kind: 'refuse' });
      this.isFrozen = false;
    });
  }

  async freeze(): Promise<void> {
    await this.turns.take(async () => {
      if (!this.server.isRunning) return;
      this.server.freeze();
      while (!this.server.isFrozen) await delay(ASK_EVERY_MS);
      this.isFrozen = true;
    });
  }

  async slow(ms: number): Promise<void> {
    await this.turns.take(async () => {
      if (!this.server.isRunning) return;
      await this.proxy.set(ms === 0 ? { kind: 'none' } : { kind: 'delay', ms, direction: 'commands' });
    });
  }

  /** On the same port, with what it has on its disk. */
  async bringBack(): Promise<void> {
    await this.turns.take(async () => {
      if (this.hasEnded) throw new Error(`${this.name} has ended for good`);
      this.server.thaw();
      this.isFrozen = false;
      if (!this.server.isRunning) await this.restart();
      await this.proxy.heal();
      await this.untilItAnswers();
    });
  }

  /** Ends the server and the proxy. */
  async stop(): Promise<void> {
    this.hasEnded = true;
    await this.turns.take(async () => {
      await this.server.stop();
      await this.proxy.stop();
    });
  }

  private async restart(): Promise<void> {
    this.isStarting = true;
    try {
      await this.server.restart();
    } finally {
      this.isStarting = false;
    }
  }

  private async untilItAnswers(): Promise<void> {
    const deadline = performance.now() + ANSWERS_WITHIN_MS;
    while (!(await this.server.answers())) {
      if (performance.now() > deadline) throw new Error(`${this.name} does not answer`);
      await delay(ASK_EVERY_MS);
    }
  }
}
