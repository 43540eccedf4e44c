import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answerBrokenRequests } from '../broken-requests.js';
import { portFailure } from '../cli/port-check.js';
import type { Clusters } from '../cluster/clusters.js';
import type { ExperimentRunner } from '../lab/experiment-runner.js';
import { EventStream } from '../lab/event-stream.js';
import { LOOPBACK } from '../loopback.js';
import { Control } from './control.js';
import { Forwarder } from './forwarder.js';

/** How long requests in flight may take when the balancer closes. */
const CLOSE_MS = 3_000;

/** Longer than clients keep an idle connection, so that it is not closed just as they use it again. */
const KEEP_ALIVE_MS = 65_000;

/** The one address in front of all instances. */
export class Balancer {
  private readonly server = createServer((request, response) => void this.handle(request, response));
  private readonly events: EventStream;
  private readonly control: Control;
  private readonly forwarder: Forwarder;

  constructor(
    clusters: Clusters,
    experiments: ExperimentRunner,
    private readonly port: number,
  ) {
    this.events = new EventStream(clusters, experiments);
    this.control = new Control(clusters, experiments, this.events);
    this.forwarder = new Forwarder(clusters);
    this.server.keepAliveTimeout = KEEP_ALIVE_MS;
    answerBrokenRequests(this.server);
  }

  /** The address of a balancer on that port. */
  static urlOf(port: number): string {
    return `http://${LOOPBACK}:${port}`;
  }

  /** Resolves when connections are taken. Throws `DemoFailure`. */
  async listen(): Promise<void> {
    try {
      this.server.listen(this.port, LOOPBACK);
      await once(this.server, 'listening');
    } catch (error) {
      throw portFailure(this.port, 'the balancer', error);
    }
  }

  /** Takes no more connections, and resolves when the requests in flight have been answered, or were cut for taking too long. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    // They would go on for ever.
    this.events.close();
    // A connection whose last answer was under way just now would stay open for a next request.
    const sweep = setInterval(() => this.server.closeIdleConnections(), 50);
    const patience = setTimeout(() => this.server.closeAllConnections(), CLOSE_MS);
    await closed;
    clearInterval(sweep);
    clearTimeout(patience);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/'] = (request.url ?? '/').split('?');
    if (this.control.owns(path)) return this.control.answer(request, path, response);
    this.note(request, path, response);
    await this.forwarder.forward(request, response);
  }

  /** Whoever watches sees it pass. */
  private note({ method = '' }: IncomingMessage, path: string, response: ServerResponse): void {
    const began = performance.now();
    response.once('close', () => {
      const instance = response.getHeader('x-instance');
      this.events.passed({
        instance: typeof instance === 'string' ? instance : undefined,
        method,
        path,
        status: response.statusCode,
        ms: Math.round(performance.now() - began),
      });
    });
  }
}
