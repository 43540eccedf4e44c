import type { FaultProxy } from 'throwaway-servers';
import type { InstanceOrder } from '../../instance/main.js';
import type { StoreName } from '../../instance/repositories.js';

/** A way of keeping sessions, as the scenarios try it with several instances. A new one is a file with one of these and a line in `stores.ts`. */
export interface TestStore {
  readonly name: StoreName;
  /** How often what is about chance is tried: as the promise says for Redis, less for what is slower. */
  readonly rounds: { readonly writers: number; readonly logout: number; readonly redirect: number };
  /** Sessions end by the clock of the server, whatever the instances' clocks say. */
  readonly endsByItsOwnClock?: true;
  /** Milliseconds that instances give the store, where the disk of a busy machine may stand still for longer than the module's defaults. */
  readonly timeout?: InstanceOrder['timeout'];
  /** Starts what the instances share. */
  start(): Promise<StartedStore>;
  /** Starts the same on a server of its own that can be made to fail. Absent where there is no server. */
  readonly startFaulty?: () => Promise<FaultyStore>;
}

/** A store that instances can use. */
export interface StartedStore {
  /** As the store's line in `REPOSITORIES` takes it. */
  readonly address: string;
  stop(): Promise<void>;
}

/** A store behind a fault proxy, and what a test may do to it behind the library's back. */
export interface FaultyStore extends StartedStore {
  readonly proxy: FaultProxy;
  /** Ways to make the server refuse writes while it still answers reads, each as the end of "when it …". */
  readonly refusals: Readonly<Record<string, Refusal>>;
  /** Records that are stored now. */
  count(): Promise<number>;
  /** What is stored for a token, in a form that can be compared. */
  stored(token: string): Promise<string>;
  /** Puts something else there. */
  overwrite(token: string, value: Buffer): Promise<void>;
}

export interface Refusal {
  begin(): Promise<unknown>;
  end(): Promise<unknown>;
}
