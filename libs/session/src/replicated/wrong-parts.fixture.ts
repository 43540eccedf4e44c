import { Acceptor } from './acceptor.js';
import type { Ballot } from '../caspaxos/ballot.js';
import { CatchUp } from './catch-up.js';
import { Incarnations } from './incarnations.js';
import type { MemberParts, memberParts } from './member.js';
import type { Reply } from './messages.js';
import { PeerGroup } from './peer-group.js';
import type { RegisterText } from '../caspaxos/register.js';
import { Replica } from './replica.js';

class ForgetfulAcceptor extends Acceptor {
  /** Accepts whatever comes, promised or not. */
  override accept(key: string, ballot: Ballot, value: RegisterText): Reply {
    this.restoreValue(key, ballot, value);
    return { is: 'accepted' };
  }
}

class CredulousAcceptor extends Acceptor {
  /** Trusts its own copy for ever. */
  override confirmedWithin(key: string): RegisterText | undefined {
    const held = this.read(key);
    return held.is === 'held' && held.value !== '' ? held.value : undefined;
  }
}

class ForgottenAcceptor extends Acceptor {
  /** Takes nothing over from others, and takes part all the same. */
  override restorePromise(): void {}
  override restoreValue(): void {}
}

class HastyIncarnations extends Incarnations {
  /** One less than it takes. */
  override get majority(): number {
    return super.majority - 1;
  }
  override get recoveryQuorum(): number {
    return super.recoveryQuorum - 1;
  }
}

interface Choice {
  readonly Acceptor?: typeof Acceptor;
  readonly Incarnations?: typeof Incarnations;
}

/** The parts as `memberParts` makes them, one of them replaced. */
function withPart(choice: Choice): typeof memberParts {
  return (settings, transport, clock, ballots): MemberParts => {
    const parts = { Acceptor, Incarnations, ...choice };
    const incarnations = new parts.Incarnations(settings.peers.length, settings.self, settings.incarnation);
    const acceptor = new parts.Acceptor(clock, settings.maxSessions);
    const replica = new Replica(incarnations, acceptor, ballots);
    const group = new PeerGroup(incarnations, transport, (request) => replica.answer(request), clock);
    return { incarnations, acceptor, replica, group, catchUp: new CatchUp(group, acceptor) };
  };
}

/** What a peer must not be like. */
export const WRONG_PARTS: readonly [name: string, makeParts: typeof memberParts][] = [
  ['an acceptor that forgets its promises', withPart({ Acceptor: ForgetfulAcceptor })],
  ['a copy that is trusted for ever', withPart({ Acceptor: CredulousAcceptor })],
  ['a majority that is none', withPart({ Incarnations: HastyIncarnations })],
  ['a peer that returns without what it has forgotten', withPart({ Acceptor: ForgottenAcceptor })],
];
