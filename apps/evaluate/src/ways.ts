import { type Experiment, EXPERIMENTS, openDirectories, type OpenedStore } from 'shared-session-demo/lab';

/** What is evaluated: a way of sharing sessions, the lack of one, or somebody else's library. */
export interface Way {
  /** On command lines and in results. */
  readonly name: string;
  readonly label: string;
  readonly kind: 'ours' | 'baseline' | 'peer';
  /** The demo's store that it runs over, where its name is another one. */
  readonly store?: string;
  /** Makes what it runs over, where that is not the demo's throw-away store. */
  readonly open?: () => Promise<OpenedStore>;
  /** What its instances run on; Fastify where it does not say. */
  readonly platform?: 'express';
  /** Without so many instances it does not do what it is there for; one where it does not say. */
  readonly leastInstances?: number;
  /** The only experiments that it is there for, besides those on speed; absent for all. */
  readonly experiments?: readonly string[];
  /** The server program without which it cannot run. */
  readonly needs?: { readonly binary: string; readonly aptPackage: string };
}

const REDIS = { binary: 'redis-server', aptPackage: 'redis-server' };

/** Everything that is evaluated, in the order in which reports show it. */
export const WAYS: readonly Way[] = [
  { name: 'redis', label: 'redis', kind: 'ours', needs: REDIS },
  { name: 'mysql', label: 'mysql', kind: 'ours', needs: { binary: 'mariadbd', aptPackage: 'mariadb-server' } },
  { name: 'memcached', label: 'memcached', kind: 'ours', needs: { binary: 'memcached', aptPackage: 'memcached' } },
  { name: 'files', label: 'files (three directories)', kind: 'ours' },
  {
    name: 'one-directory',
    label: 'files (one directory)',
    kind: 'ours',
    store: 'files',
    open: () => openDirectories(['only']),
    experiments: ['no-sharing', 'jump', 'store-killed'],
  },
  { name: 'cookie', label: 'cookie', kind: 'ours' },
  // Fewer cannot miss one.
  { name: 'replicated', label: 'replicated', kind: 'ours', leastInstances: 3 },
  { name: 'memory', label: 'memory (no sharing)', kind: 'baseline' },
  {
    name: 'express-session',
    label: 'express-session + connect-redis',
    kind: 'peer',
    platform: 'express',
    needs: REDIS,
  },
  { name: 'fastify-session', label: '@fastify/session + connect-redis', kind: 'peer', needs: REDIS },
];

/** The experiments of the lab that a way is there for. */
export function experimentsOf({ experiments }: Way): readonly Experiment[] {
  return EXPERIMENTS.filter(({ name }) => experiments === undefined || experiments.includes(name));
}

/** The way of that name; a name without one, such as a place of the business queries, labels itself. */
export function labelOf(name: string): string {
  return WAYS.find((way) => way.name === name)?.label ?? name;
}
