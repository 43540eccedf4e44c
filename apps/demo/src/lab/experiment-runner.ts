import { EventEmitter, setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { CLAIM_STATEMENTS } from './claims.js';
import { reasonOf } from '../demo-failure.js';
import { Refusal } from '../refusal.js';
import type { Experiment } from './experiment.js';
import { EXPERIMENTS } from './experiments.js';
import type { Lab } from './lab.js';
import type { ExperimentResult, ExperimentView, LabEvents } from './protocol.js';

/** How long what runs may take to mend what it has broken, when everything ends. */
const CLOSE_MS = 2_000;

/** How often progress is told at most. */
const PROGRESS_EVERY_MS = 100;

/** Runs one experiment at a time, and keeps what the last of each has shown on each store. */
export class ExperimentRunner extends EventEmitter<{
  progress: [LabEvents['progress']];
  result: [ExperimentResult];
}> {
  private readonly kept = new Map<string, ExperimentResult>();
  private current: { readonly name: string; readonly abort: AbortController; readonly end: Promise<void> } | undefined;

  /** @param lab the cluster that runs now */
  constructor(
    private readonly lab: () => Lab,
    private readonly experiments: readonly Experiment[] = EXPERIMENTS,
  ) {
    super();
  }

  /** The name of what runs. */
  get running(): string | undefined {
    return this.current?.name;
  }

  get results(): readonly ExperimentResult[] {
    return [...this.kept.values()];
  }

  /** All that can be run, and why some of it cannot be run now. */
  get views(): readonly ExperimentView[] {
    const lab = this.lab();
    return this.experiments.map((experiment) => {
      const { name, title, explanation } = experiment;
      const claims = experiment.claims.map((id) => ({ id, statement: CLAIM_STATEMENTS[id] }));
      return { name, title, explanation, claims, impossible: experiment.impossible?.(lab) };
    });
  }

  /** Begins one, and leaves it running. Throws `Refusal`: 404 when there is none of that name, 409 when it cannot be run now. */
  begin(name: string): void {
    const experiment = this.experiments.find((one) => one.name === name);
    if (experiment === undefined) throw new Refusal(404, `There is no experiment ${name}`);
    if (this.current !== undefined) throw new Refusal(409, `The experiment ${this.current.name} runs; stop it first`);
    const lab = this.lab();
    const impossible = experiment.impossible?.(lab);
    if (impossible !== undefined) throw new Refusal(409, impossible);
    const abort = new AbortController();
    // Every request under way listens to it; Node warns of more than ten.
    setMaxListeners(0, abort.signal);
    this.current = { name, abort, end: this.run(experiment, lab, abort.signal) };
  }

  /** Tells what runs to end. It leaves the cluster as it found it, which takes a moment. */
  stop(): void {
    this.current?.abort.abort(new Error('It was stopped'));
  }

  /** Ends what runs, and waits for it, though not long: what it has broken is about to end, too. */
  async close(): Promise<void> {
    this.stop();
    await Promise.race([this.current?.end, delay(CLOSE_MS)]);
  }

  private async run(experiment: Experiment, lab: Lab, signal: AbortSignal): Promise<void> {
    const told = { experiment: experiment.name, store: lab.store };
    const progress = this.teller(experiment.name);
    // So that nobody is told of its result before `current` says that it runs.
    await Promise.resolve();
    const result = await experiment.run(lab, { pace: 'quick', progress, signal }).then(
      (outcome): ExperimentResult => ({ ...told, at: Date.now(), outcome, failure: undefined }),
      (error): ExperimentResult => ({
        ...told,
        at: Date.now(),
        outcome: undefined,
        failure: reasonOf(signal.aborted ? signal.reason : error),
      }),
    );
    this.kept.set(`${experiment.name} ${lab.store}`, result);
    this.current = undefined;
    this.emit('result', result);
  }

  private teller(experiment: string): (done: number, text: string) => void {
    let last = -Infinity;
    return (done, text) => {
      if (performance.now() - last < PROGRESS_EVERY_MS) return;
      last = performance.now();
      this.emit('progress', { experiment, done, text });
    };
  }
}
