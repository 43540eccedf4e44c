import type { ServerResponse } from 'node:http';
import type { Clusters } from '../cluster/clusters.js';
import type { ExperimentRunner } from './experiment-runner.js';
import type { LabEvents, PassedRequest } from './protocol.js';
import { viewOf } from './view.js';

/** How often those who watch are told of what has changed and what has passed. */
const TICK_MS = 200;

/** As many of the latest requests are told in one tick. */
const MOST_REQUESTS = 50;

/** Somebody who does not read what is sent is let go. */
const MOST_UNREAD_BYTES = 4 * 1024 * 1024;

/** What happens in the lab, told to everybody who watches, as server-sent events (HTML Living Standard, section 9.2). */
export class EventStream {
  private readonly watchers = new Set<ServerResponse>();
  private requests: PassedRequest[] = [];
  private lastView = '';
  private ticking: NodeJS.Timeout | undefined;

  constructor(
    private readonly clusters: Clusters,
    private readonly experiments: ExperimentRunner,
  ) {
    experiments.on('progress', (progress) => this.tell('progress', progress));
    experiments.on('result', (result) => this.tell('result', result));
  }

  /** Tells this one from now on, the whole view first. */
  add(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' });
    // So that a watcher whose connection breaks is back soon.
    response.write(`retry: 1000\n\n${eventOf('view', this.viewNow())}`);
    this.watchers.add(response);
    response.once('close', () => this.forget(response));
    this.ticking ??= setInterval(() => this.tick(), TICK_MS);
  }

  /** A request has passed the balancer. */
  passed(request: PassedRequest): void {
    if (this.watchers.size > 0) this.requests = [...this.requests.slice(1 - MOST_REQUESTS), request];
  }

  /** Ends every stream. */
  close(): void {
    for (const watcher of this.watchers) watcher.end();
  }

  private tick(): void {
    const view = this.viewNow();
    if (view !== this.lastView) this.send(eventOf('view', view));
    this.lastView = view;
    if (this.requests.length > 0) this.tell('requests', this.requests);
    this.requests = [];
  }

  private viewNow(): string {
    return JSON.stringify(viewOf(this.clusters, this.experiments));
  }

  private tell<Name extends keyof LabEvents>(name: Name, data: LabEvents[Name]): void {
    this.send(eventOf(name, JSON.stringify(data)));
  }

  private send(event: string): void {
    for (const watcher of this.watchers) {
      if (watcher.writableLength > MOST_UNREAD_BYTES) watcher.destroy();
      else watcher.write(event);
    }
  }

  private forget(response: ServerResponse): void {
    this.watchers.delete(response);
    if (this.watchers.size > 0) return;
    clearInterval(this.ticking);
    this.ticking = undefined;
    this.requests = [];
  }
}

function eventOf(name: keyof LabEvents, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n`;
}
