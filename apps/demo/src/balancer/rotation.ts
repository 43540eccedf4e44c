import type { Agent } from 'node:http';

/** Something that answers requests. */
export interface Upstream {
  readonly name: string;
  readonly url: string;
  /** For what can be repeated elsewhere; may be destroyed at any time. */
  readonly repeatables: Agent;
  /** For everything else. */
  readonly others: Agent;
}

/** Whose turn it is. */
export interface Rotation {
  /** The next one that takes requests, besides those to leave out; undefined when there is none. */
  next(except: ReadonlySet<Upstream>): Upstream | undefined;
}
