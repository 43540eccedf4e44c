import type { SessionRepository } from 'nestjs-shared-session';
import type { LabServer } from '../lab/lab.js';

/** A way of keeping the demo's sessions. A new one is a file with one of these and an entry in the table of `stores.ts`. */
export interface DemoStore {
  /**
   * Makes the store ready, once, in the command's own process.
   * @param url what was given as `--url`; without it a throw-away store is made
   * @param instances the names of those that will share it
   * @throws DemoFailure
   */
  open(url: string | undefined, instances: readonly string[]): Promise<OpenedStore>;

  /**
   * The repository of one instance, in the instance's own process.
   * @param instance its name
   */
  repository(address: string, instance: string): SessionRepository;
}

/** A store that is ready for the instances. */
export interface OpenedStore {
  /** All that an instance needs to reach the store. May hold secrets: handed over, never printed. */
  readonly address: string;
  /** For the table on the screen, without secrets. */
  readonly description: string;
  /** What somebody who chose this store must know. */
  readonly warning?: string;
  /** What can be made to fail: servers and directories of the demo's own; none when somebody else's are used. */
  readonly servers: readonly LabServer[];
  /** Removes what `open` made, after the instances have ended. */
  close(): Promise<void>;
}
