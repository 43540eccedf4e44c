import type { SessionRecord } from '../../contracts/record.js';
import type { SaveResult } from '../../contracts/repository.js';
import { SignedTokenRepository } from '../signed-token.repository.fixture.js';
import type { WrongRepository } from './wrong-repository.fixture.js';

/** Revokes one version where it should revoke the session. */
class VersionRevoked extends SignedTokenRepository {
  protected override open(token: string): SessionRecord | null {
    const record = super.open(token);
    return record && { ...record, id: `${record.id}.${record.version}` };
  }

  override async load(token: string): Promise<SessionRecord | null> {
    const record = await super.load(token);
    return record && { ...record, id: record.id.slice(0, 43) };
  }

  override async destroy(token: string) {
    const record = this.open(token);
    if (record === null || this.revoked?.has(record.id) || record.expiresAt <= Date.now()) return 'gone';
    this.revoked?.add(record.id);
    return 'destroyed';
  }
}

/** Renews a token whose deadline has passed. */
class ExpiredRenewed extends SignedTokenRepository {
  override async touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    return this.issue({ ...record, expiresAt });
  }
}

/** Reads what is signed, whatever surrounds it. */
class SpacesForgiven extends SignedTokenRepository {
  override load(token: string): Promise<SessionRecord | null> {
    return super.load(token.trim());
  }
}

/** Repositories whose sessions are held by the client, and that are wrong about their tokens. */
export const wrongTokens: readonly WrongRepository[] = [
  {
    does: 'revokes a version of a session',
    create: () => {
      const revoked = new Set<string>();
      return { a: new VersionRevoked('immediate', revoked), b: new VersionRevoked('immediate', revoked) };
    },
    caughtBy: [
      'destroy: a session destroyed at one server is refused at both, as soon as promised',
      'destroy: a save does not bring a destroyed session back',
      'parallel: a destroy that races saves and touches wins, two hundred times',
    ],
  },
  {
    does: 'renews a token after its deadline, or shortens it',
    create: () => ({ a: new ExpiredRenewed('at-expiry'), b: new ExpiredRenewed('at-expiry') }),
    caughtBy: [
      'expiry: a touch does not bring an expired session back',
      'touch: a touch never moves the deadline back',
    ],
  },
  {
    does: 'says that it revokes a token, and cannot',
    create: () => ({ a: new SignedTokenRepository({ withinMs: 10 }), b: new SignedTokenRepository({ withinMs: 10 }) }),
    caughtBy: ['destroy: a session destroyed at one server is refused at both, as soon as promised'],
  },
  {
    does: 'forgives spaces around a signed token',
    create: () => ({ a: new SpacesForgiven('at-expiry'), b: new SpacesForgiven('at-expiry') }),
    caughtBy: ['load: a token that was altered is no session, and cannot destroy one'],
  },
];
