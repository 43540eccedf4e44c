/** The HTTP platforms that Nest runs on. */
export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** The routes that every contender has: one that uses no session, one that reads it, one that changes it. */
export const ROUTES = ['noop', 'read', 'write'] as const;
export type Route = (typeof ROUTES)[number];

/** How a contender keeps sessions; `without` has no session module at all. */
export type Kind = 'without' | 'hand-written' | 'shared' | 'peer-default' | 'peer-best';

/** One server process that is measured. */
export interface Contender {
  /** `<platform>/<kind>`, with `-again` behind it for the second copy of a contender. */
  readonly id: string;
  readonly platform: Platform;
  readonly kind: Kind;
  readonly label: string;
  /** Those that are measured. */
  readonly routes: readonly Route[];
  /** A second copy of another contender: what differs between the two is the noise of this machine. */
  readonly again: boolean;
}

const PEER: Readonly<Record<Platform, string>> = { express: 'express-session', fastify: '@fastify/session' };

/** Everything that `npm run bench` compares. */
export const CONTENDERS: readonly Contender[] = PLATFORMS.flatMap(contendersOn);

/** What a route is measured against: the same application without sessions, or the hand-written handler. */
export function referenceOf(route: Route): Kind {
  return route === 'noop' ? 'without' : 'hand-written';
}

/** The contenders whose id holds one of the words; all of them without words. */
export function contendersNamed(words: readonly string[]): readonly Contender[] {
  if (words.length === 0) return CONTENDERS;
  return CONTENDERS.filter(({ id }) => words.some((word) => id.includes(word)));
}

function contendersOn(platform: Platform): Contender[] {
  const contender = (kind: Kind, label: string, routes: readonly Route[], again = false): Contender => ({
    id: `${platform}/${kind}${again ? '-again' : ''}`,
    platform,
    kind,
    label,
    routes,
    again,
  });
  const peer = `${PEER[platform]} + connect-redis`;
  return [
    contender('without', 'no sessions', ['noop']),
    contender('without', 'no sessions, again', ['noop'], true),
    contender('hand-written', 'hand-written', ['read', 'write']),
    contender('hand-written', 'hand-written, again', ['read', 'write'], true),
    contender('shared', 'nestjs-shared-session', ROUTES),
    contender('peer-default', `${peer}, default`, ROUTES),
    contender('peer-best', `${peer}, best form`, ROUTES),
  ];
}
