import type { Figure, Outcome } from 'shared-session-demo/lab';

/** One experiment on one way, and what came of it. */
export interface Trial {
  /** A way's name, or what else the experiment compares, such as where the sessions are. */
  readonly way: string;
  readonly experiment: string;
  readonly title: string;
  /** What was done and what one should see. */
  readonly explanation: string;
  readonly result: TrialResult;
  /** How long it took. */
  readonly seconds: number;
}

/** `impossible`: it makes no sense there, and why; `failed`: what went wrong; `missing`: what is not on this machine. */
export type TrialResult =
  | { readonly is: 'measured'; readonly outcome: Outcome }
  | { readonly is: 'impossible' | 'failed' | 'missing'; readonly reason: string };

/** Everything that a run has found: what the JSON file holds and the other reports are made of. */
export interface Results {
  /** ISO 8601. */
  readonly at: string;
  readonly command: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly pace: 'quick' | 'thorough';
  readonly seconds: number;
  /** Somebody ended the run before it was through. */
  readonly interrupted: boolean;
  readonly trials: readonly Trial[];
}

/** Where a figure is found. */
export interface FigurePlace {
  readonly way: string;
  readonly experiment: string;
  readonly figure: string;
}

/** The figure at a place; undefined when it was not measured. */
export function figureAt(trials: readonly Trial[], { way, experiment, figure }: FigurePlace): Figure | undefined {
  const trial = trials.find((each) => each.way === way && each.experiment === experiment);
  if (trial?.result.is !== 'measured') return undefined;
  return trial.result.outcome.figures.find(({ name }) => name === figure);
}
