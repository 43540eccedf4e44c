import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerError, answerJson } from '../answer.js';
import type { Clusters } from '../cluster/clusters.js';
import { reasonOf } from '../demo-failure.js';
import type { EventStream } from '../lab/event-stream.js';
import type { ExperimentRunner } from '../lab/experiment-runner.js';
import type { Failing } from '../lab/lab.js';
import { viewOf, viewOfInstance, viewOfServer } from '../lab/view.js';
import { Refusal } from '../refusal.js';
import { readBody } from './request-body.js';
import { isOwnRequest } from './same-site.js';

const ROOT = '/__demo';

/** How long requests wait at something that is slow. */
const SLOW_MS = 300;

/** What the page calls things that are done to an instance or a server. */
const DEEDS: Readonly<Record<string, (failing: Failing) => Promise<void>>> = {
  kill: (failing) => failing.kill(),
  freeze: (failing) => failing.freeze(),
  slow: (failing) => failing.slow(SLOW_MS),
  resume: (failing) => failing.bringBack(),
};

/** A request with the names that stand in its path. */
interface Command {
  readonly names: readonly string[];
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  /** Answers; what it throws becomes an error. */
  answer(command: Command): Promise<void> | void;
}

/** What the balancer answers itself: the instances and the store, whatever is done to them, and the experiments. */
export class Control {
  private readonly routes: readonly Route[] = [
    { method: 'GET', path: /^\/instances$/, answer: ({ response }) => this.list(response) },
    { method: 'POST', path: /^\/instances\/([A-Z])\/(stop|start)$/, answer: (command) => this.stopOrStart(command) },
    { method: 'POST', path: /^\/instances\/([A-Z])\/(kill|freeze|slow|resume)$/, answer: (it) => this.toInstance(it) },
    { method: 'POST', path: /^\/servers\/([\w-]+)\/(kill|freeze|slow|resume)$/, answer: (it) => this.toServer(it) },
    { method: 'GET', path: /^\/lab$/, answer: ({ response }) => this.view(response) },
    { method: 'GET', path: /^\/events$/, answer: ({ response }) => this.events.add(response) },
    { method: 'POST', path: /^\/store$/, answer: (command) => this.switchStore(command) },
    { method: 'POST', path: /^\/experiments\/stop$/, answer: ({ response }) => this.stopExperiment(response) },
    { method: 'POST', path: /^\/experiments\/([\w-]+)\/run$/, answer: (command) => this.runExperiment(command) },
  ];

  constructor(
    private readonly clusters: Clusters,
    private readonly experiments: ExperimentRunner,
    private readonly events: EventStream,
  ) {}

  /** Whether a request is the balancer's own. */
  owns(path: string): boolean {
    return path === ROOT || path.startsWith(`${ROOT}/`);
  }

  async answer(request: IncomingMessage, path: string, response: ServerResponse): Promise<void> {
    try {
      if (!isOwnRequest(request.headers)) throw new Refusal(403, 'Only a page of this demo may ask for this');
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      for (const route of this.routes) {
        const match = route.method === method ? route.path.exec(path.slice(ROOT.length)) : null;
        if (match !== null) return await route.answer({ names: match.slice(1), request, response });
      }
      throw new Refusal(404, `Cannot ${request.method} ${path}`);
    } catch (error) {
      answerError(response, error instanceof Refusal ? error.statusCode : 500, reasonOf(error));
    } finally {
      request.resume();
    }
  }

  private list(response: ServerResponse): void {
    const views = this.clusters.current.fleet.instances.map(({ view }) => view);
    answerJson(response, 200, views);
  }

  private async stopOrStart({ names: [name = '', action], response }: Command): Promise<void> {
    const instance = this.clusters.current.fleet.find(name);
    if (instance === undefined) throw new Refusal(404, `Cannot POST ${ROOT}/instances/${name}/${action}`);
    this.assertNotSwitching();
    await (action === 'stop' ? instance.stop() : instance.start());
    answerJson(response, 200, instance.view);
  }

  private async toInstance({ names: [name, deed = ''], response }: Command): Promise<void> {
    const instance = this.clusters.current.instances.find((one) => one.name === name);
    if (instance === undefined) throw new Refusal(404, `There is no instance ${name}`);
    this.assertNotSwitching();
    await DEEDS[deed]?.(instance);
    answerJson(response, 200, viewOfInstance(instance));
  }

  private async toServer({ names: [name, deed = ''], response }: Command): Promise<void> {
    const server = this.clusters.current.servers.find((one) => one.name === name);
    if (server === undefined) throw new Refusal(404, `There is no server ${name}`);
    this.assertNotSwitching();
    if (server.cannot?.some((impossible) => impossible === deed)) {
      throw new Refusal(409, `${server.name} is a ${server.kind}: that cannot be done to it`);
    }
    await DEEDS[deed]?.(server);
    answerJson(response, 200, viewOfServer(server));
  }

  private view(response: ServerResponse): void {
    answerJson(response, 200, viewOf(this.clusters, this.experiments));
  }

  private async switchStore({ request, response }: Command): Promise<void> {
    const { store } = await readBody(request);
    if (typeof store !== 'string') throw new Refusal(400, 'The body must be { "store": name }');
    const { running } = this.experiments;
    if (running !== undefined) throw new Refusal(409, `The experiment ${running} runs; stop it first`);
    await this.clusters.switchTo(store);
    this.view(response);
  }

  private stopExperiment(response: ServerResponse): void {
    this.experiments.stop();
    answerJson(response, 202, { running: this.experiments.running ?? null });
  }

  private runExperiment({ names: [name = ''], response }: Command): void {
    this.assertNotSwitching();
    this.experiments.begin(name);
    answerJson(response, 202, { running: name });
  }

  /** What is done meanwhile would be done to instances that end, on ports that the next ones need. */
  private assertNotSwitching(): void {
    const target = this.clusters.switchingTo;
    if (target !== undefined) throw new Refusal(409, `The store is being switched to ${target}`);
  }
}
