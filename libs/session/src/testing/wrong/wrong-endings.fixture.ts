import { setImmediate as turn } from 'node:timers/promises';
import { rightParts } from './replaceable.repository.fixture.js';
import { wrong, type WrongRepository } from './wrong-repository.fixture.js';

const { guarantees, destroying } = rightParts;
const DAY_MS = 86_400_000;

/** Repositories that are wrong about deadlines, about destroying, or when everything happens at once. */
export const wrongEndings: readonly WrongRepository[] = [
  wrong(
    'ignores deadlines',
    { isLive: () => true },
    'expiry: a session is refused at both servers once its deadline has passed',
    'expiry: a save does not bring an expired session back',
    'expiry: a touch does not bring an expired session back',
    'expiry: destroying an expired session finds nothing',
    'expiry: a save moves the deadline back',
    'expiry: a touched session is refused once its new deadline has passed',
  ),
  wrong(
    'loses a session after thirty days',
    { asStored: (record) => ({ ...record, expiresAt: Math.min(record.expiresAt, Date.now() + 30 * DAY_MS) }) },
    'expiry: a session may live for more than a year',
  ),
  wrong(
    'forgets to delete',
    { destroying: (version, stored) => [destroying(version, stored)[0], stored] },
    'destroy: a session destroyed at one server is refused at both, as soon as promised',
    'destroy: a second destroy finds nothing, unless the token is the record',
    'destroy: a save that is sent again does not bring a destroyed session back',
    'parallel: of a save and a destroy of one version exactly one is accepted, two hundred times',
  ),
  wrong(
    'destroys any version',
    { destroying: (_version, stored) => destroying(undefined, stored) },
    'destroy: destroying a version that was replaced is a conflict and leaves the session',
    'parallel: of a save and a destroy of one version exactly one is accepted, two hundred times',
  ),
  wrong(
    'destroys a version that it refuses to destroy',
    { destroying: (version, stored) => [destroying(version, stored)[0]] },
    'destroy: destroying a version that was replaced is a conflict and leaves the session',
  ),
  wrong(
    'claims to have destroyed what is not there',
    { destroying: () => ['destroyed'] },
    'destroy: destroying what is not there is gone',
    'destroy: a second destroy finds nothing, unless the token is the record',
  ),
  wrong(
    'keeps what was destroyed beyond its deadline',
    {
      guarantees: { ...guarantees, revocation: 'at-expiry' },
      destroying: (_version, stored) => ['destroyed', stored && { ...stored, expiresAt: stored.expiresAt + DAY_MS }],
    },
    'expiry: a destroyed session is refused at the latest when its deadline has passed',
  ),
  wrong(
    'never revokes what it says it revokes soon',
    {
      guarantees: { ...guarantees, revocation: { withinMs: 20 } },
      destroying: (_version, stored) => ['destroyed', stored],
    },
    'destroy: a session destroyed at one server is refused at both, as soon as promised',
  ),
  wrong(
    'reads and writes in two steps',
    { pause: () => turn() },
    'parallel: of parallel creations of one id exactly one is accepted, unless the token is the record',
    'parallel: of twenty parallel writers none is lost, or one wins as a whole',
    'parallel: a save and a touch at the same time are both accepted',
    'parallel: a destroy that races saves and touches wins, two hundred times',
    'parallel: of a save and a destroy of one version exactly one is accepted, two hundred times',
  ),
  wrong(
    'touches in two steps',
    { pause: (action) => (action === 'touch' ? turn() : undefined) },
    'parallel: a save and a touch at the same time are both accepted',
    'parallel: a destroy that races saves and touches wins, two hundred times',
  ),
];
