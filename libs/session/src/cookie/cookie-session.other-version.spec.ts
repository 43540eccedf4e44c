import { beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeEnvelope } from '../contracts/envelope.js';
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

  it('is nobody’s without an id in front, which every format has: a logout and a login have nothing to end', async () => {
    const foreign = sealed('{"principal":"ann","format":"of another kind, with no id in front"}');
    expect(await sessions.load(foreign)).toMatchObject({ rejected: expect.any(String) as string });
    expect(await sessions.destroy(foreign)).toBe('gone');
    expect(store.calls).toEqual([]);
    const session = await engineOver(sessions).open(foreign);
    await session.login('ann');
    expect(session.principal).toBe('ann');
  });
});
