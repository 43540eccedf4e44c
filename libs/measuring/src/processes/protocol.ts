/** The questions that a child process answers: name to what is asked with it and what is answered. */
export type Protocol = Record<string, { ask: unknown; answer: unknown }>;

/** A question on its way. */
export interface Question {
  readonly name: string;
  readonly ask: unknown;
}

/** What comes back: the answer, or why there is none. */
export type Answer = { readonly answer: unknown } | { readonly failure: string };
