import type { Outcome } from 'shared-session-demo/lab';

/** How a trial is told to go about it. */
export interface TrialChoice {
  readonly pace: 'quick' | 'thorough';
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Something that is tried without a cluster of the shop. */
export interface OwnTrial {
  readonly name: string;
  /** Under which its outcome stands: it runs when this way is evaluated. */
  readonly way: string;
  readonly title: string;
  readonly explanation: string;
  /** Ends everything that it starts, also when it fails. Throws `MissingServerError` when a server is not on this machine. */
  run(choice: TrialChoice): Promise<Outcome>;
}
