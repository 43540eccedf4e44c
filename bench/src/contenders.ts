/** The HTTP platforms that Nest runs on. */
export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Where contenders keep their sessions. Those of one way are compared with each other. */
export const WAYS = ['redis', 'mysql', 'memcached', 'cookie'] as const;
export type Way = (typeof WAYS)[number];

/** The routes that every contender has: one that uses no session, one that reads it, one that changes it. */
export const ROUTES = ['noop', 'read', 'write'] as const;
export type Route = (typeof ROUTES)[number];

/** How a contender keeps sessions; `without` has no session module at all. */
export type Kind = 'without' | 'hand-written' | 'shared' | 'peer-default' | 'peer-best';

/** One server process that is measured. */
export interface Contender {
  /** `<platform>/<kind>` over Redis, else `<platform>/<way>/<kind>`; with `-again` behind it for the second copy of a contender. */
  readonly id: string;
  readonly platform: Platform;
  readonly way: Way;
  readonly kind: Kind;
  readonly label: string;
  /** Those that are measured. */
  readonly routes: readonly Route[];
  /** A second copy of another contender: what differs between the two is the noise of this machine. */
  readonly again: boolean;
}

/** Those that use a session. */
export const SESSION_ROUTES = ['read', 'write'] as const;

const OURS = 'nestjs-shared-session';

/** Who does the same on a platform and way, as its users would set it up best. Where there is nobody, we are not measured either. */
const PEERS: Readonly<Record<Platform, Partial<Record<Way, string>>>> = {
  express: {
    redis: 'express-session + connect-redis',
    mysql: 'express-session + express-mysql-session',
    memcached: 'express-session + connect-memjs',
    cookie: 'iron-session',
  },
  fastify: { redis: '@fastify/session + connect-redis', cookie: '@fastify/secure-session' },
};

/** Everything that `npm run bench` compares. */
export const CONTENDERS: readonly Contender[] = PLATFORMS.flatMap((platform) => [
  ...overRedis(platform),
  ...WAYS.filter((way) => way !== 'redis').flatMap((way) => overOther(platform, way)),
]);

/** The id of a contender. */
export function idOf(platform: Platform, way: Way, kind: Kind, again = false): string {
  return `${platform}/${way === 'redis' ? '' : `${way}/`}${kind}${again ? '-again' : ''}`;
}

/** What a route is measured against: the same application without sessions, the hand-written handler, or, where nobody wrote one, us. */
export function referenceOf(way: Way, route: Route): Kind {
  if (way !== 'redis') return 'shared';
  return route === 'noop' ? 'without' : 'hand-written';
}

/** The contenders whose id holds one of the words; all of them without words. */
export function contendersNamed(words: readonly string[]): readonly Contender[] {
  if (words.length === 0) return CONTENDERS;
  return CONTENDERS.filter(({ id, way }) => words.some((word) => id.includes(word) || way === word));
}

function overRedis(platform: Platform): Contender[] {
  const peer = PEERS[platform].redis;
  return [
    contender(platform, 'redis', 'without', 'no sessions', ['noop']),
    contender(platform, 'redis', 'without', 'no sessions, again', ['noop'], true),
    contender(platform, 'redis', 'hand-written', 'hand-written', SESSION_ROUTES),
    contender(platform, 'redis', 'hand-written', 'hand-written, again', SESSION_ROUTES, true),
    contender(platform, 'redis', 'shared', OURS, ROUTES),
    contender(platform, 'redis', 'peer-default', `${peer}, default`, ROUTES),
    contender(platform, 'redis', 'peer-best', `${peer}, best form`, ROUTES),
  ];
}

function overOther(platform: Platform, way: Way): Contender[] {
  const peer = PEERS[platform][way];
  if (peer === undefined) return [];
  return [
    contender(platform, way, 'shared', OURS, SESSION_ROUTES),
    contender(platform, way, 'shared', `${OURS}, again`, SESSION_ROUTES, true),
    contender(platform, way, 'peer-best', peer, SESSION_ROUTES),
  ];
}

function contender(
  platform: Platform,
  way: Way,
  kind: Kind,
  label: string,
  routes: readonly Route[],
  again = false,
): Contender {
  return { id: idOf(platform, way, kind, again), platform, way, kind, label, routes, again };
}
