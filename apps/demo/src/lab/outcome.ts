/** What an experiment has shown, as numbers, a sentence and a picture. Plain JSON: the page draws it, the report keeps it. */
export interface Outcome {
  /** One sentence that says what came out, with the figure that matters. */
  readonly summary: string;
  readonly figures: readonly Figure[];
  readonly picture: Picture;
}

/** One number. The same name means the same thing whatever the store, so that outcomes can be compared side by side. */
export interface Figure {
  /** For a person, such as `keys lost`. */
  readonly name: string;
  /** NaN when nothing was there to take it from: nobody knows, which is not 0. JSON says null. */
  readonly value: number;
  /** Such as `ms`, `%`, `sessions`. */
  readonly unit: string;
  /** The least and the greatest of several rounds, where there were several; `value` is then their median. */
  readonly spread?: readonly [least: number, greatest: number];
  /** Which direction is good; absent where neither is. */
  readonly good?: 'low' | 'high';
}

/** What an outcome looks like. */
export type Picture = Timeline | Bars | Tiles;

/** Something over time around events, such as the share of requests that were answered around a kill. */
export interface Timeline {
  readonly kind: 'timeline';
  /** What the vertical axis counts, such as `answered, %`. */
  readonly unit: string;
  readonly series: readonly {
    readonly name: string;
    /** Seconds since the start, and the value. */
    readonly points: readonly (readonly [seconds: number, value: number])[];
  }[];
  readonly events: readonly { readonly seconds: number; readonly label: string }[];
}

/** A few values beside each other. */
export interface Bars {
  readonly kind: 'bars';
  readonly unit: string;
  readonly bars: readonly { readonly name: string; readonly value: number }[];
}

/** One tile for each thing that was tried, in order: what is right, what is wrong, what could not be asked. */
export interface Tiles {
  readonly kind: 'tiles';
  readonly tiles: readonly ('good' | 'bad' | 'unknown')[];
  /** What each of the kinds means here. */
  readonly legend: { readonly good: string; readonly bad: string; readonly unknown?: string };
}
