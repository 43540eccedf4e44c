import type { SessionRecord } from '../../contracts/record.js';
import type { ComplianceStore } from '../compliance-case.js';
import { LaggingSessionRepository } from '../lagging-session.repository.js';
import { ReplaceableRepository, rightParts } from './replaceable.repository.fixture.js';
import { atBothServers, wrong, type WrongRepository } from './wrong-repository.fixture.js';

const { guarantees } = rightParts;

/** Answers from its copy whatever version is asked for. */
class FloorIgnored extends LaggingSessionRepository {
  override load(token: string) {
    return super.load(token);
  }
}

/** Takes the silence of its copy for an answer. */
class CopyBelieved extends LaggingSessionRepository {
  override async load(token: string, atLeast?: number) {
    return atLeast === undefined ? null : super.load(token, atLeast);
  }
}

/** Has nothing where it has less than it was asked for. */
class FloorInsisted extends ReplaceableRepository {
  override async load(token: string, atLeast = 0): Promise<SessionRecord | null> {
    const loaded = await super.load(token);
    return loaded !== null && loaded.version >= atLeast ? loaded : null;
  }
}

function lagging(Lagging: typeof LaggingSessionRepository): ComplianceStore {
  const authority = new ReplaceableRepository();
  return { a: new Lagging(authority), b: new Lagging(authority) };
}

/** Repositories whose servers do not fit together, or to their guarantees. */
export const wrongServers: readonly WrongRepository[] = [
  wrong(
    'states a guarantee that says nothing',
    { guarantees: { ...guarantees, revocation: { withinMs: NaN } } },
    'guarantees: guarantees are stated in the words of the contract',
  ),
  wrong(
    'compares versions although it says that the last write wins',
    { guarantees: { ...guarantees, concurrency: 'last-write-wins' } },
    'save: a save from a version that was replaced is a conflict, or wins where the last write does',
  ),
  {
    does: 'promises something else at each server',
    create: () => ({
      a: new ReplaceableRepository(),
      b: new ReplaceableRepository({ guarantees: { ...guarantees, revocation: 'at-expiry' } }),
    }),
    caughtBy: ['guarantees: every server states the same guarantees'],
  },
  {
    does: 'keeps its sessions to one server',
    create: () => ({ a: new ReplaceableRepository(), b: new ReplaceableRepository() }),
    caughtBy: [
      'create: a session created at one server is there at the other',
      'save: an update at one server is seen at the other, one version higher each time',
    ],
  },
  {
    does: 'ignores the version that it is asked for',
    create: () => lagging(FloorIgnored),
    caughtBy: ['load: a server never returns less than the version it is asked for'],
  },
  {
    does: 'takes a session for dead because its copy does not have it',
    create: () => lagging(CopyBelieved),
    caughtBy: [
      'load: a server never takes a session for dead because it has not heard of it',
      'expiry: a touched session outlives its first deadline',
    ],
  },
  {
    does: 'has nothing where it has less than it was asked for',
    create: () => atBothServers(new FloorInsisted()),
    caughtBy: ['load: asked for a version that was never stored, a server answers what there is'],
  },
];
