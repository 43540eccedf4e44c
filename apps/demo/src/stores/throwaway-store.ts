import { MissingServerError, type ThrowawayServer } from 'throwaway-servers';
import { DemoFailure, reasonOf } from '../demo-failure.js';
import type { OpenedStore } from './demo-store.js';

/** One server of the demo's own, or several that belong together. */
export type ThrowawayStore = Pick<ThrowawayServer, 'url' | 'stop'>;

/**
 * A store on a server of the demo's own, which ends with it. Throws `DemoFailure` saying what to install, or which `--url` to give.
 * @param urlExample what an address of one that runs looks like
 */
export async function openThrowaway(start: () => Promise<ThrowawayStore>, urlExample: string): Promise<OpenedStore> {
  try {
    const server = await start();
    return { address: server.url, description: `${server.url} (throw-away)`, close: () => server.stop() };
  } catch (error) {
    if (!(error instanceof MissingServerError)) throw new DemoFailure(reasonOf(error));
    const { binary, aptPackage } = error.software;
    throw new DemoFailure(
      `${binary} is not on this machine: install it (Debian, Ubuntu: apt-get install ${aptPackage}) ` +
        `or give the address of one that runs with --url ${urlExample}`,
    );
  }
}
