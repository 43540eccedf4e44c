import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Fault, FaultDirection } from './fault.js';
import { listenOnLoopback, LOOPBACK } from './loopback.js';
import { ProxiedConnection } from './proxied-connection.js';

/** A TCP proxy on the loopback interface in front of one server, which breaks its connections as told. */
export class FaultProxy {
  /** Connections that were accepted since the start. */
  connections = 0;
  private current: Fault = { kind: 'none' };
  private readonly open = new Set<ProxiedConnection>();
  private readonly finished = { commands: 0, answers: 0 };
  private listener: Server | undefined;

  private constructor(
    private targetPort: number,
    private listenPort: number,
  ) {}

  /** Listens on a free port (or `port`) and passes everything to `targetPort` until told otherwise. */
  static async start(targetPort: number, port = 0): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort, port);
    await proxy.listen();
    return proxy;
  }

  get port(): number {
    return this.listenPort;
  }

  /** Connections that are open now. */
  get openConnections(): number {
    return this.open.size;
  }

  /** Bytes that were delivered to the server. */
  get commandBytes(): number {
    return this.sum('commands');
  }

  /** Bytes that were delivered to clients. */
  get answerBytes(): number {
    return this.sum('answers');
  }

  /** Bytes that are kept back now, by a delay or a hold. */
  get waitingBytes(): number {
    return [...this.open].reduce((sum, connection) => sum + connection.waitingBytes, 0);
  }

  /** Bytes that vanished in black holes, of connections that are open. */
  get swallowedBytes(): number {
    return [...this.open].reduce((sum, connection) => sum + connection.swallowed, 0);
  }

  get fault(): Fault {
    return this.current;
  }

  /** Does this from now on, to open connections too. Resolves when it is in force. */
  async set(fault: Fault): Promise<void> {
    this.current = fault;
    if (fault.kind === 'refuse') return this.stopListening();
    for (const connection of this.open) {
      if (fault.kind === 'reset') connection.reset();
      else connection.proceed();
    }
    await this.listen();
  }

  /** Leads to another server from now on, as a name that has moved on does: connections that are open stay where they are. */
  moveTo(targetPort: number): void {
    this.targetPort = targetPort;
  }

  /** No fault any more: the same as `set({ kind: 'none' })`. */
  async heal(): Promise<void> {
    await this.set({ kind: 'none' });
  }

  /** Closes every connection and the port. */
  async stop(): Promise<void> {
    this.current = { kind: 'refuse' };
    await this.stopListening();
  }

  private async listen(): Promise<void> {
    if (this.listener !== undefined) return;
    const listener = createServer({ noDelay: true }, (client) => this.accept(client));
    this.listener = listener;
    this.listenPort = await listenOnLoopback(listener, this.listenPort);
  }

  private async stopListening(): Promise<void> {
    const listener = this.listener;
    this.listener = undefined;
    const closed = new Promise<void>((resolve) => {
      if (listener === undefined) resolve();
      else listener.close(() => resolve());
    });
    for (const connection of this.open) connection.cut();
    await closed;
  }

  private accept(client: Socket): void {
    this.connections++;
    if (this.current.kind === 'refuse') return void client.destroy();
    if (this.current.kind === 'reset') return void client.resetAndDestroy();
    const server = connect({ port: this.targetPort, host: LOOPBACK, noDelay: true });
    const connection = new ProxiedConnection(client, server, () => this.current);
    this.open.add(connection);
    connection.onceClosed(() => {
      this.open.delete(connection);
      this.finished.commands += connection.delivered.commands;
      this.finished.answers += connection.delivered.answers;
    });
  }

  private sum(direction: FaultDirection): number {
    return [...this.open].reduce((sum, connection) => sum + connection.delivered[direction], this.finished[direction]);
  }
}
