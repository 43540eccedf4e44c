import { CLAIM_STATEMENTS, type ClaimId, type Figure } from 'shared-session-demo/lab';
import { figureAt, type FigurePlace, type Trial } from '../results.js';

/** `answered`: true of the plain way, and not of ours. */
export const VERDICTS = ['confirmed', 'refuted', 'answered', 'not measured'] as const;
/** What a claim comes to. */
export type Verdict = (typeof VERDICTS)[number];

/** How reports say it. */
export const VERDICT_TEXTS: Readonly<Record<Verdict, string>> = {
  confirmed: 'confirmed',
  refuted: 'refuted',
  answered: 'true of the plain way, answered by ours',
  'not measured': 'not measured',
};

/** What an article claims, and how figures decide about it. */
export interface Claim<Names extends string = string> {
  /** Such as `M1`. */
  readonly id: string;
  readonly statement: string;
  /** How it is tried. */
  readonly experiment: string;
  /** In words, what `judge` does. */
  readonly rule: string;
  /** The figures that decide. Without one of them the claim is not measured. */
  readonly figures: Readonly<Record<Names, FigurePlace>>;
  judge(figures: Readonly<Record<Names, Figure>>): Exclude<Verdict, 'not measured'>;
}

/** A claim with its statement. Lets the names of the figures be checked, and then forgets them. */
export function claim<Names extends string>(given: Omit<Claim<Names>, 'statement'> & { readonly id: ClaimId }): Claim {
  return { ...given, statement: CLAIM_STATEMENTS[given.id] };
}

/** A place in short. */
export function at(way: string, experiment: string, figure: string): FigurePlace {
  return { way, experiment, figure };
}

/** A figure that has decided. */
export interface Cited extends FigurePlace {
  readonly found: Figure;
}

/** A claim and what a run says about it. */
export interface Finding {
  readonly claim: Claim;
  readonly verdict: Verdict;
  readonly cited: readonly Cited[];
  /** What would have been needed. */
  readonly missing: readonly FigurePlace[];
}

/** Judges a claim by what was measured, and by nothing else. */
export function judge(each: Claim, trials: readonly Trial[]): Finding {
  const cited: Cited[] = [];
  const missing: FigurePlace[] = [];
  const found: Record<string, Figure> = {};
  for (const [name, place] of Object.entries(each.figures)) {
    const figure = figureAt(trials, place);
    if (figure === undefined || Number.isNaN(figure.value)) missing.push(place);
    else {
      found[name] = figure;
      cited.push({ ...place, found: figure });
    }
  }
  const verdict = missing.length > 0 ? 'not measured' : each.judge(found);
  return { claim: each, verdict, cited, missing };
}

/** Whether all rounds of one figure lie below all rounds of another. */
export function clearlyBelow(a: Figure, b: Figure): boolean {
  return (a.spread?.[1] ?? a.value) < (b.spread?.[0] ?? b.value);
}
