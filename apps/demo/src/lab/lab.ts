/**
 * A cluster as experiments see it: instances behind a balancer over one way of sharing sessions, all of which can be made to
 * fail. The demo is one; so is a cluster of the same shop over somebody else's session library.
 */
export interface Lab {
  /** The way of sharing sessions, such as `redis`, or the name of another library. */
  readonly store: string;
  /** What the sessions promise; undefined when it is somebody else's library, which says nothing. */
  readonly guarantees: LabGuarantees | undefined;
  /** The balancer's address. The API is under `/api`. */
  readonly url: string;
  readonly instances: readonly LabInstance[];
  /** What holds the sessions outside the instances and can be made to fail: servers or directories; none for cookie, replicated, memory, or when somebody gave a `--url`. */
  readonly servers: readonly LabServer[];
}

/** As a repository's `guarantees`. */
export interface LabGuarantees {
  readonly concurrency: string;
  readonly reads: string;
  readonly revocation: unknown;
}

/** `slow`: it answers, but every request waits before. */
export type LabState = 'starting' | 'up' | 'slow' | 'frozen' | 'silent' | 'stopping' | 'down';

/** Something that can be made to fail. Every method resolves when it has happened, and does nothing when it already is so. */
export interface Failing {
  readonly name: string;
  readonly state: LabState;
  /** What cannot be done to it, such as to freeze a directory; absent when everything can. */
  readonly cannot?: readonly ('freeze' | 'slow')[];
  /** Ends it at once, as `kill -9`. */
  kill(): Promise<void>;
  /** It keeps its connections and answers nothing, as a machine that hangs. */
  freeze(): Promise<void>;
  /** Each request waits for so long; 0 ends it. */
  slow(ms: number): Promise<void>;
  /** Undoes whatever was done to it, and resolves when it answers. */
  bringBack(): Promise<void>;
}

/** An instance of the shop that can be made to fail. */
export interface LabInstance extends Failing {
  /** Of this instance alone, without the balancer. */
  readonly url: string;
}

/** A server or directory of the store that can be made to fail. */
export interface LabServer extends Failing {
  /** What it is, such as `redis-server` or `directory`. */
  readonly kind: string;
}
