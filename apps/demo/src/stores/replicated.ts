import { randomBytes } from 'node:crypto';
import { replicatedSessions } from 'nestjs-shared-session/replicated';
import { freePort } from 'throwaway-servers';
import { DemoFailure } from '../demo-failure.js';
import { LOOPBACK } from '../loopback.js';
import type { DemoStore } from './demo-store.js';

/** Below the ports that systems hand out themselves: an instance that was stopped must find its own free when it returns. */
const LOWEST_PORT = 10_000;
const HIGHEST_PORT = 20_000;

/** All that the instances must know of each other. */
interface Group {
  /** The address of each instance, by its name. */
  readonly peers: Readonly<Record<string, string>>;
  readonly secret: string;
}

/** The instances' own memories, kept in step. */
export const REPLICATED: DemoStore = {
  open: async (url, instances) => {
    if (url !== undefined) throw new DemoFailure('--store replicated takes no --url');
    const peers: Record<string, string> = {};
    for (const name of instances) peers[name] = `${LOOPBACK}:${await anyFreePort(Object.values(peers))}`;
    const group: Group = { peers, secret: randomBytes(32).toString('base64') };
    return {
      address: JSON.stringify(group),
      description: 'the instances themselves, each holds every session',
      ...warningAbout(instances.length),
      servers: [],
      close: async () => {},
    };
  },
  repository: (address, instance) => {
    const { peers, secret } = JSON.parse(address) as Group;
    return replicatedSessions({ self: peers[instance] ?? '', peers: Object.values(peers), secret });
  },
};

function warningAbout(instances: number): { warning?: string } {
  if (instances > 2) return {};
  return { warning: 'With fewer than three instances none may be missing: --store replicated wants three or more' };
}

async function anyFreePort(taken: readonly string[]): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    if (taken.includes(`${LOOPBACK}:${port}`)) continue;
    try {
      return await freePort(port);
    } catch {
      // Somebody has it; there are others.
    }
  }
}
