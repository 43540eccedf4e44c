import { beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeEnvelope } from '../contracts/envelope.js';
import { SessionStoreError } from '../contracts/errors.js';
import { engineOver, ObservedRepository } from '../core/engine.fixture.js';
import { memorySessions } from '../memory/index.js';
import { given, newSecret } from './cookie-sessions.fixture.js';
import { type CookieSessionRepository, cookieSessions } from './index.js';
import { KeyRing } from './key-ring.js';

const SECRETS = [newSecret()];
const DAY_MS = 86_400_000;

describe('A cookie that another version of the library has sealed', () => {
  let store: ObservedRepository;
  let sessions: CookieSessionRepository;
  beforeEach(() => {
    store = new ObservedRepository(memorySessions());
    sessions = cookieSessions({ secrets: SECRETS, revocations: store });
  });

  function sealed(content: string): string {
    return new KeyRing(SECRETS, 'session').seal(Buffer.from(content));
  }

  /** One session, as this version sealed it and as a later one does: only its id stands where it stood. */
  async function inTwoFormats(): Promise<{ readable: string; newer: string; id: string }> {
    const { token: readable, record } = await given(sessions, { principal: 'ann' });
    return { readable, newer: sealed(`${record.id}2${encodeEnvelope(record).slice(1)}`), id: record.id };
  }

  it.each(['logout', 'login'] as const)('is refused by all that can read it after a %s with it here', async (act) => {
    const { readable, newer } = await inTwoFormats();
    const session = await engineOver(sessions).open(newer);
    expect(session.isNew).toBe(true);
    await (act === 'login' ? session.login('ann') : session.logout());
    expect(await sessions.load(readable)).toBeNull();
    expect(await sessions.destroy(newer)).toBe('gone');
  });

  it('is revoked for as long as any session may live, for its own deadline cannot be read', async () => {
    const { newer } = await inTwoFormats();
    const revocations = memorySessions();
    const save = vi.spyOn(revocations, 'save');
    await cookieSessions({ secrets: SECRETS, revocations }).destroy(newer);
    expect(save.mock.calls[0]?.[0].expiresAt).toBeGreaterThan(Date.now() + 400 * DAY_MS);
  });

  it('is of another version, whichever a destroy names, and is not ended by that', async () => {
    const { readable, newer } = await inTwoFormats();
    expect(await sessions.destroy(newer, 1)).toBe('conflict');
    expect(await sessions.load(readable)).not.toBeNull();
  });

  it.each([
    ['a session that is no longer than its id', ''],
    ['one that was cut', '1'.padEnd(60, '0')],
  ])('is revoked by its id although it is %s', async (_what, rest) => {
    const { readable, id } = await inTwoFormats();
    expect(await sessions.destroy(sealed(id + rest))).toBe('destroyed');
    expect(await sessions.load(readable)).toBeNull();
  });

  describe('and that does not tell its id', () => {
    const token = (): string => sealed('{"principal":"ann","format":"of another kind, with no id in front"}');

    it.each(['logout', 'login'] as const)('is not acknowledged to be over by a %s, and says why', async (act) => {
      const session = await engineOver(sessions).open(token());
      const acknowledged = act === 'login' ? session.login('ann') : session.logout();
      const error: unknown = await acknowledged.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SessionStoreError);
      expect(error).toMatchObject({ outcome: 'not-executed', message: expect.stringContaining('what to revoke') });
      expect(session.announcement).toBeUndefined();
      expect(store.calls).toEqual([]);
    });

    it('is forgotten by the client alone where nothing is ever revoked', async () => {
      const unrevoked = cookieSessions({ secrets: SECRETS, revocations: 'none' });
      const session = await engineOver(unrevoked).open(token());
      await expect(session.logout()).resolves.toBeUndefined();
    });
  });
});
