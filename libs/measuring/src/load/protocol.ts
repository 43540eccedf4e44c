/** One kind of request, and the answer that it must get. */
export interface Target {
  readonly port: number;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  /** One connection per cookie. */
  readonly cookies: readonly string[];
  /** JSON that each connection sends in turn, so that a request differs from the one before; without it requests have no body. */
  readonly sends?: readonly string[];
  /** What each answer's body holds, every time. */
  readonly holds: string;
}

/** How long the load lasts: each connection sends its next request when it has the answer. */
export type Duration = { readonly ms: number } | { readonly requests: number };

/** Sends on all connections that are open. */
export type Drive = (duration: Duration) => Promise<LoadResult>;

/** What the load saw. Times in milliseconds. */
export interface LoadResult {
  readonly requests: number;
  readonly elapsed: number;
  readonly mean: number;
  readonly p50: number;
  readonly p97_5: number;
  readonly p99: number;
  /** CPU time of the load process, in microseconds. */
  readonly cpuTime: number;
}

/** What the load process answers. */
export type LoadProtocol = {
  /** Opens the connections. */
  open: { ask: Target; answer: undefined };
  /** Sends on all of them; ends when every request is answered. */
  drive: { ask: Duration; answer: LoadResult };
  close: { ask: undefined; answer: undefined };
};
