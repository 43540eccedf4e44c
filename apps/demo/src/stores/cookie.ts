import { randomBytes } from 'node:crypto';
import type { SessionRepository } from 'nestjs-shared-session';
import { cookieSessions } from 'nestjs-shared-session/cookie';
import { fileSessions } from 'nestjs-shared-session/files';
import { DemoFailure } from '../demo-failure.js';
import type { DemoStore, OpenedStore } from './demo-store.js';
import { FILES } from './files.js';

/** What the instances share, and nothing else. */
interface Shared {
  /** New with every run: cookies of an earlier one open nothing. */
  readonly secret: string;
  /** Where ended sessions are remembered. */
  readonly directory: string;
}

/** Sessions sealed in the visitors' cookies; the instances share a secret, and a directory of what was logged out. */
export const COOKIE: DemoStore = {
  open: async (url, instances) => {
    if (url !== undefined) throw new DemoFailure('--store cookie takes no --url');
    return openSealed(instances);
  },
  repository: (address) => sealedCookies(JSON.parse(address) as Shared),
};

async function openSealed(instances: readonly string[]): Promise<OpenedStore> {
  const revocations = await FILES.open(undefined, instances);
  const shared: Shared = { secret: randomBytes(36).toString('base64'), directory: revocations.address };
  return {
    address: JSON.stringify(shared),
    description: `sealed in the visitor's cookie; revocations in ${revocations.description}`,
    servers: [],
    close: () => revocations.close(),
  };
}

function sealedCookies({ secret, directory }: Shared): SessionRepository {
  return cookieSessions({ secrets: [secret], revocations: fileSessions(directory) });
}
