import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { request, type IncomingMessage } from 'node:http';
import { RunningDemo } from '../running-demo.fixture.js';
import type { Outcome } from './outcome.js';
import type { ExperimentResult, LabView } from './protocol.js';

/** What the balancer has answered to a command. */
export interface CommandAnswer {
  readonly status: number;
  readonly json: LabView & { readonly state: string; readonly pid: number | null; readonly message: string };
}

const RESULT_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 100;

/** What the lab page asks of the balancer. */
export class LabClient {
  constructor(private readonly demo: RunningDemo) {}

  /** Asks for anything under `/__demo`; the headers may say what a browser says, and lie. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<CommandAnswer> {
    const outgoing = request(`${this.demo.url}/__demo${path}`, { method, headers });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    const [response]: IncomingMessage[] = await once(outgoing, 'response');
    const chunks = await response?.toArray();
    return { status: response?.statusCode ?? 0, json: JSON.parse(chunks?.join('') ?? '') };
  }

  async view(): Promise<LabView> {
    return (await this.ask('GET', '/lab')).json;
  }

  /** Of an instance or a server. */
  async stateOf(name: string): Promise<string | undefined> {
    const { instances, servers } = await this.view();
    return [...instances, ...servers].find((one) => one.name === name)?.state;
  }

  async switchTo(store: string): Promise<CommandAnswer> {
    return this.ask('POST', '/store', { store });
  }

  /** Runs an experiment to its end; fails with what went wrong when it has no outcome. */
  async outcomeOf(experiment: string): Promise<Outcome & { readonly figure: (name: string) => number }> {
    const began = Date.now();
    const { status, json } = await this.ask('POST', `/experiments/${experiment}/run`);
    if (status !== 202) throw new Error(json.message);
    const { outcome, failure } = await this.resultSince(began, experiment);
    if (outcome === undefined) throw new Error(failure);
    const figure = (name: string): number => {
      const found = outcome.figures.find((one) => one.name === name);
      if (found === undefined) throw new Error(`There is no figure "${name}"`);
      return found.value;
    };
    return { ...outcome, figure };
  }

  /** The result of an experiment that was begun after a time. */
  async resultSince(began: number, experiment: string): Promise<ExperimentResult> {
    const deadline = Date.now() + RESULT_WITHIN_MS;
    while (Date.now() < deadline) {
      const { store, results } = await this.view();
      const result = results.find((one) => one.experiment === experiment && one.store === store && one.at >= began);
      if (result !== undefined) return result;
      await delay(ASK_EVERY_MS);
    }
    throw new Error(`${experiment} did not end`);
  }
}
