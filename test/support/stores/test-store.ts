import type { StoreName } from '../../instance/repositories.js';

/** A way of keeping sessions, as the scenarios try it with several instances. A new one is a file with one of these and a line in `stores.ts`. */
export interface TestStore {
  readonly name: StoreName;
  /** How often what is about chance is tried: as the promise says for Redis, less for what is slower. */
  readonly rounds: { readonly writers: number; readonly logout: number; readonly redirect: number };
  /** Starts what the instances share. */
  start(): Promise<StartedStore>;
}

/** A store that instances can use. */
export interface StartedStore {
  /** As the store's line in `REPOSITORIES` takes it. */
  readonly address: string;
  stop(): Promise<void>;
}
