import { request } from 'node:http';
import { expect } from 'vitest';
import { RunningDemo } from '../running-demo.fixture.js';
import type { Outcome } from './outcome.js';
import type { ExperimentResult, LabView } from './protocol.js';

/** What the balancer has answered to a command. */
export interface CommandAnswer {
  readonly status: number;
  readonly json: LabView & { readonly state: string; readonly pid: number | null; readonly message: string };
}

const RESULT_WITHIN_MS = 60_000;

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
    return new Promise((resolve, reject) => {
      const outgoing = request(`${this.demo.url}/__demo${path}`, { method, headers }, async (response) => {
        const text = (await response.toArray()).join('');
        resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) });
      });
      outgoing.once('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
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
  async outcomeOf(experiment: string): Promise<Outcome & { figure(name: string): number }> {
    const began = Date.now();
    expect((await this.ask('POST', `/experiments/${experiment}/run`)).status).toBe(202);
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
    let result: ExperimentResult | undefined;
    const arrived = async (): Promise<boolean> => {
      const { store, results } = await this.view();
      result = results.find((one) => one.experiment === experiment && one.store === store && one.at >= began);
      return result !== undefined;
    };
    await expect.poll(arrived, { timeout: RESULT_WITHIN_MS, interval: 100 }).toBe(true);
    if (result === undefined) throw new Error('It did not arrive');
    return result;
  }
}
