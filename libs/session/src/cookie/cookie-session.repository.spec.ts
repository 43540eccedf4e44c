import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SessionStoreError, SessionTooLargeError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import type { RepositoryListener } from '../contracts/repository-events.js';
import { handleOf, newSessionId, storageKey } from '../contracts/session-id.js';
import { engineOver, ObservedRepository, storedSession } from '../core/engine.fixture.js';
import { MemorySessionRepository, memorySessions } from '../memory/index.js';
import { sessionRepositoryCompliance } from '../testing/index.js';
import { newRecord, payloadOf } from '../testing/sample-session.js';
import { given, newSecret, nextOf, tokenIn } from './cookie-sessions.fixture.js';
import { type CookieSessionRepository, cookieSessions } from './index.js';
import { KeyRing } from './key-ring.js';

const SECRETS = [newSecret()];

sessionRepositoryCompliance({ describe, it }, 'A cookie with revocations', () => {
  const revocations = memorySessions();
  return {
    a: cookieSessions({ secrets: SECRETS, revocations }),
    b: cookieSessions({ secrets: SECRETS, revocations }),
  };
});

sessionRepositoryCompliance({ describe, it }, 'A cookie without revocations', () => ({
  a: cookieSessions({ secrets: SECRETS, revocations: 'none' }),
  b: cookieSessions({ secrets: SECRETS, revocations: 'none' }),
}));

describe('Sessions that the client carries', () => {
  const plain = (): CookieSessionRepository => cookieSessions({ secrets: SECRETS, revocations: 'none' });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('show nothing of themselves in the token, and nothing of the secret in the repository', async () => {
    const sessions = plain();
    const { token, record } = await given(sessions, { principal: 'ann', payload: payloadOf({ card: 'hidden word' }) });
    const inside = Buffer.from(token, 'base64url').toString('latin1');
    for (const hidden of ['ann', 'hidden', record.id, record.writeId, storageKey(record.id), handleOf(record.id)]) {
      expect(token + inside).not.toContain(hidden);
    }
    const shown = inspect(sessions, { depth: 20, showHidden: true }) + JSON.stringify(sessions);
    expect(shown).not.toContain(SECRETS[0]);
  });

  it('have another token with every write, all of one handle', async () => {
    const engine = engineOver(plain());
    const token = await storedSession(engine, { a: 1 });
    const [first, second] = [await engine.open(token), await engine.open(token)];
    first.data['b'] = 1;
    await first.save();
    await second.touch();
    expect(new Set([token, first.token, second.token]).size).toBe(3);
    expect(first.handle).toBe(second.handle);
    expect([first.version, second.version]).toEqual([2, 1]);
  });

  it('keep, inside one process, what parallel requests change, in the token of the last', async () => {
    const engine = engineOver(plain());
    const token = await storedSession(engine, { n: 0 });
    const requests = await Promise.all(Array.from({ length: 20 }, () => engine.open(token)));
    await Promise.all(
      requests.map(async (request, nth) => {
        request.data[`k${nth}`] = nth;
        await request.commit(false);
      }),
    );
    const last = requests.toSorted((a, b) => a.version - b.version).at(-1)!;
    expect(Object.keys((await engine.open(last.token as string)).data)).toHaveLength(21);
  });

  it('let a client present an older state of its own', async () => {
    const engine = engineOver(plain());
    const older = await storedSession(engine, { tries: 0 });
    const session = await engine.open(older);
    session.data['tries'] = 1;
    await session.save();
    expect((await engine.open(older)).data).toEqual({ tries: 0 });
  });

  it('end at their absolute timeout, whatever their deadline says', async () => {
    const sessions = plain();
    const { token } = await given(sessions, { endsAt: Date.now() + 30 });
    await expect.poll(() => sessions.load(token)).toBeNull();
    expect(await sessions.destroy(token)).toBe('gone');
    const over = { ...newRecord({ endsAt: Date.now() - 1 }), version: 1 };
    expect(await sessions.save(over)).toEqual({ status: 'gone' });
    expect(await sessions.touch(over, over.expiresAt)).toEqual({ status: 'gone' });
  });

  it('go on under a secret that joins the ring, and end with the one that they were sealed with', async () => {
    const [old, fresh] = [newSecret(), newSecret()];
    const over = (...secrets: string[]): CookieSessionRepository => cookieSessions({ secrets, revocations: 'none' });
    const before = await given(over(old));
    const both = over(fresh, old);
    expect(await both.load(before.token)).toEqual(before.record);
    const resealed = tokenIn(await both.touch(before.record, before.record.expiresAt));
    const newOnly = over(fresh);
    expect(await newOnly.load(before.token)).toBeNull();
    expect(await newOnly.load(resealed)).toEqual(before.record);
    expect(await over(old).load(resealed)).toBeNull();
    expect(await over(old, fresh).load(resealed)).toEqual(before.record);
  });

  it.each([
    ['2'.padEnd(200, '0'), 'newer-format'],
    ['1'.padEnd(60, '0'), 'malformed'],
    ['{"principal":"ann"}', 'malformed'],
    ['', 'malformed'],
  ])('are rejected, not an error, when what was sealed with our secret is no record: %j', async (content, rejected) => {
    const token = new KeyRing(SECRETS, 'session').seal(Buffer.from(newSessionId() + content));
    expect(await plain().load(token)).toEqual({ rejected });
  });

  it('outlive a logout where nothing is revoked, and end when the cookie expires', async () => {
    const sessions = plain();
    const engine = engineOver(sessions, { idleTimeout: 60_000 });
    const token = await storedSession(engine, {}, 'ann');
    await (await engine.open(token)).logout();
    expect((await engine.open(token)).principal).toBe('ann');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    expect(await sessions.load(token)).toBeNull();
  });

  it('are opened once, looked up whole, and given out as a copy', async () => {
    const sessions = plain();
    const { token, record } = await given(sessions);
    const open = vi.spyOn(KeyRing.prototype, 'open');
    for (const _ of ['opened', 'remembered']) {
      const loaded = (await sessions.load(token)) as { payload: string };
      expect(loaded).toEqual(record);
      loaded.payload = 'altered';
    }
    expect(await sessions.load(token)).toEqual(record);
    expect(open).toHaveBeenCalledTimes(1);
    for (let place = 0; place < token.length; place += 1) {
      const altered = token.slice(0, place) + (token[place] === 'A' ? 'B' : 'A') + token.slice(place + 1);
      expect(await sessions.load(altered)).toBeNull();
    }
    expect(await sessions.load('A' + token)).toBeNull();
    open.mockRestore();
  });

  it('open for no other purpose and no other application', async () => {
    const own = await given(plain());
    for (const [secrets, purpose] of [
      [SECRETS, 'password-reset'],
      [SECRETS, 'Session'],
      [[newSecret()], 'session'],
    ] as const) {
      const other = cookieSessions({ secrets, purpose, revocations: 'none' });
      const theirs = await given(other);
      expect([await other.load(own.token), await plain().load(theirs.token)]).toEqual([null, null]);
      expect([await other.destroy(own.token), await plain().destroy(theirs.token)]).toEqual(['gone', 'gone']);
    }
  });

  it.each([undefined, 'ann', '王小明'])(
    'are as large as the token, and no byte larger: principal %s',
    async (principal) => {
      const sessions = plain();
      const room = 2_426 - Buffer.byteLength(principal ?? '');
      const payloadOfBytes = (bytes: number): string =>
        `1"${'ü'.repeat(Math.floor((bytes - 3) / 2))}"`.padEnd(bytes - Math.floor((bytes - 3) / 2));
      const named = principal === undefined ? {} : { principal };
      const filled = await given(sessions, { ...named, payload: payloadOfBytes(room) });
      expect(Buffer.byteLength(filled.record.payload)).toBe(room);
      expect(filled.token.length).toBeLessThanOrEqual(3_500);
      expect(await sessions.load(filled.token)).toEqual(filled.record);
      const tooLarge = nextOf(filled.record, { payload: payloadOfBytes(room + 1) });
      const refused = await sessions.save(tooLarge).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(SessionTooLargeError);
      expect(refused).toMatchObject({ bytes: room + 1, maxBytes: room });
      expect(await sessions.load(filled.token)).toEqual(filled.record);
      const smaller = nextOf(filled.record, { payload: payloadOfBytes(room - 1) });
      expect(await sessions.load(tokenIn(await sessions.save(smaller)))).toMatchObject({ payload: smaller.payload });
      await sessions.touch(filled.record, filled.record.expiresAt + 60_000);
    },
  );
});

describe('Revocations', () => {
  /** Two instances, and the store that both ask. */
  function shared() {
    const store = new ObservedRepository(memorySessions());
    const options = { secrets: SECRETS, revocations: store };
    return { store, a: cookieSessions(options), b: cookieSessions(options) };
  }

  async function callsOf(store: ObservedRepository, work: () => Promise<unknown>): Promise<string[]> {
    store.calls.length = 0;
    await work();
    return [...store.calls];
  }

  it('cost one command for a read, a touch, an update, an end; none for a creation; two for a second end', async () => {
    const { store, a } = shared();
    expect(await callsOf(store, () => given(a))).toEqual([]);
    const { token, record } = await given(a);
    expect(await callsOf(store, () => a.load(token))).toEqual(['load']);
    expect(await callsOf(store, () => a.touch(record, record.expiresAt))).toEqual(['load']);
    expect(await callsOf(store, () => a.save(nextOf(record)))).toEqual(['load']);
    expect(await callsOf(store, () => a.destroy(token))).toEqual(['save']);
    expect(await callsOf(store, () => a.destroy(token))).toEqual(['save', 'load']);
  });

  it('are not asked about what is no token, is over, of another version, or too large', async () => {
    const { store, a } = shared();
    const { token, record } = await given(a);
    const over = await given(a, { expiresAt: Date.now() + 20 });
    await expect.poll(() => Date.now()).toBeGreaterThan(over.record.expiresAt);
    const foreign = (await given(cookieSessions({ secrets: [newSecret()], revocations: 'none' }))).token;
    const calls = await callsOf(store, async () => {
      for (const other of ['', newSessionId(), foreign, over.token, `${token}A`, token.slice(0, -1)]) {
        expect([await a.load(other), await a.destroy(other)]).toEqual([null, 'gone']);
      }
      expect(await a.destroy(token, 2)).toBe('conflict');
      expect(await a.save(over.record)).toEqual({ status: 'gone' });
      expect(await a.save({ ...record, id: 'x' })).toEqual({ status: 'gone' });
      expect(await a.touch({ ...record, id: 'x' }, record.expiresAt)).toEqual({ status: 'gone' });
      await expect(a.save(nextOf(record, { payload: 'x'.repeat(3_000) }))).rejects.toThrow(SessionTooLargeError);
    });
    expect(calls).toEqual([]);
  });

  it('end every token of the session at every instance, and no later write brings it back', async () => {
    const { a, b } = shared();
    const first = await given(a, { principal: 'ann' });
    const second = tokenIn(await b.save(nextOf(first.record)));
    const third = tokenIn(await a.touch(first.record, first.record.expiresAt + 1));
    expect(await b.destroy(first.token, 1)).toBe('destroyed');
    for (const token of [first.token, second, third]) {
      expect([await a.load(token), await b.load(token)]).toEqual([null, null]);
      expect(await a.destroy(token)).toBe('gone');
    }
    expect(await a.save(nextOf(first.record))).toEqual({ status: 'gone' });
    expect(await a.touch(first.record, first.record.expiresAt)).toEqual({ status: 'gone' });
  });

  it('are kept under an id that does not tell the session, longer than any clock could revive it', async () => {
    const stored: SessionRecord[] = [];
    class Recording extends MemorySessionRepository {
      override save(record: SessionRecord) {
        stored.push(record);
        return super.save(record);
      }
    }
    const revocations = new Recording();
    const sessions = cookieSessions({ secrets: SECRETS, revocations });
    const { token, record } = await given(sessions, { principal: 'ann', endsAt: Date.now() + 7_200_000 });
    await sessions.destroy(token);
    const [revocation] = stored;
    const text = JSON.stringify(revocation);
    for (const hidden of ['ann', record.id, record.payload, handleOf(record.id), storageKey(record.id)]) {
      expect(text).not.toContain(hidden);
    }
    expect(await revocations.load(record.id)).toBeNull();
    const tenMinutes = 600_000;
    expect(revocation?.expiresAt).toBeGreaterThan(record.endsAt + tenMinutes);
    expect(revocation?.endsAt).toBe(revocation?.expiresAt);
  });

  it('that cannot be asked are an error, never a yes or a no, and nothing is given out', async () => {
    const { store, a } = shared();
    const { token, record } = await given(a);
    store.before = () => {
      throw new SessionStoreError('down');
    };
    for (const call of [
      () => a.load(token),
      () => a.save(nextOf(record)),
      () => a.touch(record, record.expiresAt),
      () => a.destroy(token),
      () => a.probe(),
    ]) {
      await expect(call()).rejects.toThrow(SessionStoreError);
    }
    store.before = () => undefined;
    expect(await a.load(token)).toEqual(record);
  });

  it('that take no new one are an error when the session lives', async () => {
    class Full extends MemorySessionRepository {
      override save() {
        return Promise.resolve({ status: 'conflict' } as const);
      }
    }
    const sessions = cookieSessions({ secrets: SECRETS, revocations: new Full() });
    const { token, record } = await given(sessions);
    await expect(sessions.destroy(token)).rejects.toThrow('it takes no revocation');
    expect(await sessions.load(token)).toEqual(record);
  });

  it('that cannot be read count as revocations', async () => {
    class Corrupt extends MemorySessionRepository {
      override load() {
        return Promise.resolve({ rejected: 'malformed' } as never);
      }
    }
    const sessions = cookieSessions({ secrets: SECRETS, revocations: new Corrupt() });
    const { token, record } = await given(sessions);
    expect(await sessions.load(token)).toBeNull();
    expect(await sessions.save(nextOf(record))).toEqual({ status: 'gone' });
  });

  it('kill the old session with a login, a regenerate and a logout', async () => {
    const { a, b } = shared();
    const [here, there] = [engineOver(a), engineOver(b)];
    const visitor = await storedSession(here, { basket: ['tea'] });
    const session = await here.open(visitor);
    await session.login('ann');
    const loggedIn = session.token as string;
    await session.regenerate();
    const regenerated = session.token as string;
    expect((await there.open(regenerated)).data).toEqual({ basket: ['tea'] });
    await session.logout();
    for (const token of [visitor, loggedIn, regenerated]) expect((await there.open(token)).isNew).toBe(true);
  });

  it('start, stop and report with the repository that keeps them', async () => {
    const heard: unknown[] = [];
    class Watched extends MemorySessionRepository {
      reportTo(listener: RepositoryListener): void {
        listener('sessionsEvicted', { count: 1 });
      }
      async onModuleInit(): Promise<void> {
        heard.push('starts');
      }
      async onApplicationShutdown(): Promise<void> {
        heard.push('stops');
      }
    }
    const sessions = cookieSessions({ secrets: SECRETS, revocations: new Watched() });
    await sessions.onModuleInit();
    sessions.reportTo((event) => heard.push(event));
    await sessions.onApplicationShutdown();
    expect(heard).toEqual(['starts', 'sessionsEvicted', 'stops']);
    const alone = cookieSessions({ secrets: SECRETS, revocations: 'none' });
    await alone.onModuleInit();
    alone.reportTo(() => heard.push('never'));
    await alone.onApplicationShutdown();
    await alone.probe();
    expect(heard).toHaveLength(3);
  });
});
