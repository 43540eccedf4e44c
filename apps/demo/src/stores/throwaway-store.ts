import { MissingServerError } from 'throwaway-servers';
import { DemoFailure, reasonOf } from '../demo-failure.js';
import type { OpenedStore } from './demo-store.js';
import type { ProxiedServer } from './proxied-server.js';

/**
 * A store on servers of the demo's own, which end with it. Throws `DemoFailure` saying what to install, or which `--url` to give.
 * @param start starts one server or several that belong together
 * @param urlOf the address for clients of all of them
 * @param urlExample what an address of one that runs looks like
 */
export async function openThrowaway(
  start: readonly (() => Promise<ProxiedServer>)[],
  urlOf: (servers: readonly ProxiedServer[]) => string,
  urlExample: string,
): Promise<OpenedStore> {
  const attempts = await Promise.allSettled(start.map((one) => one()));
  const servers = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
  const close = async () => void (await Promise.all(servers.map((server) => server.stop())));
  const failed = attempts.find((attempt) => attempt.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failureOf(failed.reason, urlExample);
  }
  const url = urlOf(servers);
  return { address: url, description: `${url} (throw-away)`, servers, close };
}

function failureOf(error: unknown, urlExample: string): DemoFailure {
  if (!(error instanceof MissingServerError)) return new DemoFailure(reasonOf(error));
  const { binary, aptPackage } = error.software;
  return new DemoFailure(
    `${binary} is not on this machine: install it (Debian, Ubuntu: apt-get install ${aptPackage}) ` +
      `or give the address of one that runs with --url ${urlExample}`,
  );
}
