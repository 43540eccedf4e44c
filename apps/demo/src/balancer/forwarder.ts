import type { IncomingMessage, ServerResponse } from 'node:http';
import { createProxyServer } from 'httpxy';
import { answerError } from '../answer.js';
import type { Rotation, Upstream } from './rotation.js';

/** Said by whoever came before; the balancer is the first that can be believed. */
const HEARSAY = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto'];

/** Of the connection between balancer and instance, not of the client's. */
const HOP_BY_HOP = ['connection', 'keep-alive'];

/** Hands each request to the instance whose turn it is, without stickiness. */
export class Forwarder {
  private readonly proxy = createProxyServer({ xfwd: true });

  constructor(private readonly rotation: Rotation) {
    this.proxy.on('proxyRes', (answer, _request, response) => {
      for (const name of HOP_BY_HOP) delete answer.headers[name];
      // Node would keep the head back until the first chunk of the body.
      process.nextTick(() => response.flushHeaders());
    });
  }

  /**
   * Answers a request with what an instance answers. GET and HEAD go to the next instance when one does not answer; anything
   * else might be carried out twice, and is 502. Without an instance in rotation 503.
   */
  async forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const name of HEARSAY) delete request.headers[name];
    const tried = new Set<Upstream>();
    let instance = this.rotation.next(tried);
    if (instance === undefined) return answerError(response, 503, 'No instance is in rotation');
    while (instance !== undefined) {
      tried.add(instance);
      if (await this.hasAnswered(instance, request, response)) return;
      instance = isRepeatable(request) ? this.rotation.next(tried) : undefined;
    }
    request.unpipe();
    request.resume();
    const names = [...tried].map(({ name }) => name).join(', ');
    answerError(response, 502, `Instance ${names} did not answer; whether the request was carried out is unknown`);
  }

  /** False when nothing was sent to the client, and it still waits. */
  private async hasAnswered(instance: Upstream, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const agent = isRepeatable(request) ? instance.repeatables : instance.others;
    try {
      await this.proxy.web(request, response, { target: instance.url, agent });
      return true;
    } catch {
      return false;
    }
  }
}

/** A body is read once: with one, even a GET cannot be sent again. */
function isRepeatable({ method, headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return (method === 'GET' || method === 'HEAD') && !hasBody;
}
