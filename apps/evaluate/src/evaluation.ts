import { eachAtOnce, type Experiment, reasonOf } from 'shared-session-demo/lab';
import { findServer, MissingServerError } from 'throwaway-servers';
import { type EvaluateOptions, isWanted } from './arguments.js';
import { RunningLab } from './clusters.js';
import type { Trial, TrialResult } from './results.js';
import { SPEED, speedTrials } from './speed/speed-trials.js';
import { BUSINESS, businessTrials } from './trials/business.js';
import { OWN_TRIALS } from './trials/own-trials.js';
import type { OwnTrial } from './trials/own-trial.js';
import { experimentsOf, type Way, WAYS } from './ways.js';

/** Of most ways; some need more. A start costs more than a second of one core. */
const INSTANCES = { quick: 2, thorough: 3 } as const;
/** So many experiments run at a time: most of one is waiting. What they time takes longer on a busy machine. */
const AT_ONCE = { quick: 4, thorough: 1 } as const;
/** Where the business queries are. */
const BUSINESS_WAY = 'mysql';

type About = Pick<Trial, 'way' | 'experiment' | 'title' | 'explanation'>;

/** Tries everything that was asked for, and keeps what it has found so far. */
export class Evaluation {
  private readonly found: Trial[] = [];

  /**
   * @param signal ends it: what runs is stopped, and `run` resolves with what was found until then
   * @param find the path of a server's program; undefined when it is not on this machine
   */
  constructor(
    private readonly options: EvaluateOptions,
    private readonly progress: (text: string) => void,
    private readonly signal: AbortSignal,
    private readonly find: (binary: string) => string | undefined = findServer,
  ) {}

  get trials(): readonly Trial[] {
    return this.found;
  }

  /** Resolves when everything was tried, or the signal has come, and everything that was started is stopped. */
  async run(): Promise<void> {
    const ways = WAYS.filter(({ name }) => isWanted(this.options, name));
    const own = OWN_TRIALS.filter(({ way, name }) => isWanted(this.options, way, name));
    const work = [...ways.map((way) => () => this.experimentsOn(way)), ...own.map((trial) => () => this.own(trial))];
    await eachAtOnce(work, AT_ONCE[this.options.pace], (next) => next());
    if (isWanted(this.options, BUSINESS_WAY, BUSINESS)) await this.business();
    const measured = ways.filter(({ name }) => isWanted(this.options, name, SPEED));
    await this.speed(measured);
  }

  private async experimentsOn(way: Way): Promise<void> {
    const wanted = experimentsOf(way).filter(({ name }) => isWanted(this.options, way.name, name));
    if (wanted.length === 0 || this.signal.aborted) return;
    const missing = this.missingOf(way);
    if (missing !== undefined) return this.keepAll(way, wanted, { is: 'missing', reason: missing });
    this.progress(`${way.name}: started`);
    let lab: RunningLab | undefined;
    try {
      lab = await started(way, INSTANCES[this.options.pace], this.signal);
      for (const experiment of wanted) await this.experiment(lab, way, experiment);
    } catch (error) {
      if (!this.signal.aborted) this.keepAll(way, wanted, { is: 'failed', reason: reasonOf(error) });
    } finally {
      await lab?.close();
    }
  }

  private async experiment(lab: RunningLab, way: Way, experiment: Experiment): Promise<void> {
    const { pace } = this.options;
    const reason = experiment.impossible?.(lab);
    if (reason !== undefined) return this.keepAll(way, [experiment], { is: 'impossible', reason });
    await this.attempt(aboutOf(way, experiment), async () =>
      experiment.run(lab, {
        pace,
        signal: this.signal,
        progress: (_done, text) => this.progress(`${way.name}: ${experiment.name}, ${text}`),
      }),
    );
  }

  private async own(trial: OwnTrial): Promise<void> {
    const { way, name, title, explanation } = trial;
    await this.attempt({ way, experiment: name, title, explanation }, () =>
      trial.run({
        pace: this.options.pace,
        signal: this.signal,
        progress: (text) => this.progress(`${way}: ${name}, ${text}`),
      }),
    );
  }

  private async attempt(about: About, work: () => Promise<TrialOutcome>): Promise<void> {
    if (this.signal.aborted) return;
    const began = performance.now();
    let result: TrialResult;
    try {
      result = { is: 'measured', outcome: await work() };
    } catch (error) {
      if (this.signal.aborted) return;
      result = { is: error instanceof MissingServerError ? 'missing' : 'failed', reason: reasonOf(error) };
    }
    this.found.push({ ...about, result, seconds: (performance.now() - began) / 1_000 });
  }

  private async business(): Promise<void> {
    if (this.signal.aborted) return;
    const { pace } = this.options;
    const progress = (text: string): void => this.progress(`business queries: ${text}`);
    try {
      this.found.push(...(await businessTrials({ pace, progress, signal: this.signal })));
    } catch (error) {
      if (this.signal.aborted) return;
      const result = {
        is: error instanceof MissingServerError ? 'missing' : 'failed',
        reason: reasonOf(error),
      } as const;
      const title = 'Business queries beside sessions';
      this.found.push({ way: 'nowhere', experiment: BUSINESS, title, explanation: '', seconds: 0, result });
    }
  }

  private async speed(ways: readonly Way[]): Promise<void> {
    if (this.signal.aborted || ways.length === 0) return;
    const here = ways.filter((way) => this.missingOf(way) === undefined);
    for (const way of ways.filter((each) => !here.includes(each))) {
      const about = { way: way.name, experiment: SPEED, title: 'Speed of reads and writes', explanation: '' };
      this.found.push({ ...about, seconds: 0, result: { is: 'missing', reason: this.missingOf(way) ?? '' } });
    }
    const progress = (text: string): void => this.progress(`speed: ${text}`);
    this.found.push(...(await speedTrials(here, { pace: this.options.pace, progress, signal: this.signal })));
  }

  /** What has to be installed before a way can run; undefined when nothing has. */
  private missingOf({ needs }: Way): string | undefined {
    if (needs === undefined || this.find(needs.binary) !== undefined) return undefined;
    return `${needs.binary} is not on this machine: install it (Debian, Ubuntu: apt-get install ${needs.aptPackage})`;
  }

  /** Of those that have no result yet. */
  private keepAll(way: Way, experiments: readonly Experiment[], result: TrialResult): void {
    const tried = new Set(this.found.filter((trial) => trial.way === way.name).map(({ experiment }) => experiment));
    const left = experiments.filter(({ name }) => !tried.has(name));
    this.found.push(...left.map((experiment) => ({ ...aboutOf(way, experiment), result, seconds: 0 })));
  }
}

/** A busy machine may take too long for the first time. */
async function started(way: Way, instances: number, signal: AbortSignal): Promise<RunningLab> {
  try {
    return await RunningLab.start(way, instances);
  } catch (error) {
    if (signal.aborted) throw error;
    return RunningLab.start(way, instances);
  }
}

type TrialOutcome = Extract<TrialResult, { is: 'measured' }>['outcome'];

function aboutOf(way: Way, { name, title, explanation }: Experiment): About {
  return { way: way.name, experiment: name, title, explanation };
}
