import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answerBrokenRequests } from '../broken-requests.js';
import { portFailure } from '../cli/port-check.js';
import type { Fleet } from '../fleet/fleet.js';
import { LOOPBACK } from '../loopback.js';
import { Control } from './control.js';
import { Forwarder } from './forwarder.js';

/** How long requests in flight may take when the balancer closes. */
const CLOSE_MS = 3_000;

/** Longer than clients keep an idle connection, so that it is not closed just as they use it again. */
const KEEP_ALIVE_MS = 65_000;

/** The one address in front of all instances. */
export class Balancer {
  readonly url: string;
  private readonly server = createServer((request, response) => void this.handle(request, response));
  private readonly control: Control;
  private readonly forwarder: Forwarder;

  constructor(
    fleet: Fleet,
    private readonly port: number,
  ) {
    this.url = `http://${LOOPBACK}:${port}`;
    this.control = new Control(fleet);
    this.forwarder = new Forwarder(fleet);
    this.server.keepAliveTimeout = KEEP_ALIVE_MS;
    answerBrokenRequests(this.server);
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
    // A connection whose last answer was under way just now would stay open for a next request.
    const sweep = setInterval(() => this.server.closeIdleConnections(), 50);
    const patience = setTimeout(() => this.server.closeAllConnections(), CLOSE_MS);
    await closed;
    clearInterval(sweep);
    clearTimeout(patience);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/'] = (request.url ?? '/').split('?');
    if (this.control.owns(path)) await this.control.answer(request, path, response);
    else await this.forwarder.forward(request, response);
  }
}
