import { describe, expect, it } from 'vitest';
import { newRecord } from '../testing/sample-session.js';
import { Acceptor } from './acceptor.js';
import { BallotClock } from '../caspaxos/ballot.js';
import { endedText, EXPIRY, isRegisterText, liveText } from '../caspaxos/register.js';
import { CLOCK_TOLERANCE_MS } from '../caspaxos/expiry.js';

const T = 1_700_000_000_000;
const BALLOTS = Array.from(
  { length: 10 },
  (
    (clock) => () =>
      clock.next(1)
  )(new BallotClock(0)),
);
const NOTHING = { is: 'held', ballot: '', value: '' };

function at(time: { now: number; elapsed: number }, maxSessions = 10) {
  const clock = { now: () => time.now, elapsed: () => time.elapsed, random: () => 0, after: () => () => undefined };
  return new Acceptor(clock, maxSessions);
}

const live = liveText({ ...newRecord(), version: 1, expiresAt: T + 1_000, endsAt: T + 10_000 }, []);

describe('An acceptor', () => {
  it('takes part in no ballot before the one that it promised to', () => {
    const acceptor = at({ now: T, elapsed: 0 });
    expect(acceptor.prepare('k', BALLOTS[5]!)).toEqual(NOTHING);
    expect(acceptor.prepare('k', BALLOTS[4]!)).toEqual({ is: 'refused', ballot: BALLOTS[5] });
    expect(acceptor.accept('k', BALLOTS[4]!, live)).toEqual({ is: 'refused', ballot: BALLOTS[5] });
    expect(acceptor.accept('k', BALLOTS[5]!, live)).toEqual({ is: 'accepted' });
    expect(acceptor.accept('k', BALLOTS[5]!, live)).toEqual({ is: 'accepted' });
    expect(acceptor.read('k')).toEqual({ is: 'held', ballot: BALLOTS[5], value: live });
  });

  it('keeps a promise about what it has forgotten', () => {
    const time = { now: T, elapsed: 0 };
    const acceptor = at(time);
    acceptor.accept('k', BALLOTS[5]!, endedText(live, EXPIRY));
    time.now = T + 10_000 + CLOCK_TOLERANCE_MS;
    acceptor.sweep();
    expect(acceptor.size).toBe(1);
    time.now += 1;
    acceptor.sweep();
    expect(acceptor.size).toBe(0);
    // A create that was on its way all the time.
    expect(acceptor.accept('k', BALLOTS[4]!, live)).toEqual({ is: 'refused', ballot: BALLOTS[5] });
    expect(acceptor.prepare('k', BALLOTS[6]!)).toEqual(NOTHING);
  });

  it('lets go of the data of an expired session, not of its end', () => {
    const time = { now: T, elapsed: 0 };
    const acceptor = at(time);
    acceptor.accept('k', BALLOTS[1]!, live);
    time.now = T + 1_000;
    acceptor.sweep();
    expect(acceptor.read('k')).toMatchObject({ value: live });
    time.now = T + 1_001;
    acceptor.sweep();
    expect(acceptor.read('k')).toEqual({ is: 'held', ballot: BALLOTS[1], value: endedText(live, EXPIRY) });
  });

  it('forgets promises about nothing after a minute', () => {
    const time = { now: T, elapsed: 0 };
    const acceptor = at(time);
    acceptor.prepare('k', BALLOTS[3]!);
    time.elapsed = 60_000;
    acceptor.sweep();
    expect(acceptor.size).toBe(1);
    time.elapsed = 60_001;
    acceptor.sweep();
    expect(acceptor.size).toBe(0);
    expect(acceptor.prepare('k', BALLOTS[2]!)).toEqual({ is: 'refused', ballot: BALLOTS[3] });
  });

  it('refuses a new session when it is full, and serves those that it has', () => {
    const acceptor = at({ now: T, elapsed: 0 }, 2);
    acceptor.accept('a', BALLOTS[1]!, live);
    acceptor.accept('b', BALLOTS[1]!, live);
    expect(acceptor.prepare('c', BALLOTS[2]!)).toEqual({ is: 'cannot', why: 'full' });
    expect(acceptor.accept('c', BALLOTS[2]!, live)).toEqual({ is: 'cannot', why: 'full' });
    expect(acceptor.accept('a', BALLOTS[3]!, endedText(live, EXPIRY))).toEqual({ is: 'accepted' });
    expect(acceptor.prepare('c', BALLOTS[2]!)).toEqual(NOTHING);
  });

  it('trusts its copy only while nobody has begun to change it, and only so long', () => {
    const time = { now: T, elapsed: 1_000 };
    const acceptor = at(time);
    acceptor.accept('k', BALLOTS[1]!, live);
    expect(acceptor.confirmedWithin('k', 500)).toBeUndefined();
    acceptor.confirm('k', BALLOTS[1]!, 900);
    expect(acceptor.confirmedWithin('k', 500)).toBe(live);
    time.elapsed = 1_400;
    expect(acceptor.confirmedWithin('k', 500)).toBeUndefined();
    acceptor.confirm('k', BALLOTS[1]!, 1_400);
    acceptor.prepare('k', BALLOTS[2]!);
    expect(acceptor.confirmedWithin('k', 500)).toBeUndefined();
  });

  it('tells its changes in pages, each of them once at the least', () => {
    const acceptor = at({ now: T, elapsed: 0 }, 10_000);
    for (let n = 0; n < 2_500; n += 1) acceptor.accept(String(n), BALLOTS[1]!, live);
    const seen = new Set<string>();
    let page = acceptor.heads(0);
    for (; page.more; page = acceptor.heads(page.upTo)) for (const [key] of page.heads) seen.add(key);
    for (const [key] of page.heads) seen.add(key);
    expect(seen.size).toBe(2_500);
    acceptor.accept('7', BALLOTS[2]!, live);
    expect(acceptor.heads(page.upTo).heads).toEqual([['7', BALLOTS[2], BALLOTS[2]]]);
  });
});

describe('The text of a register', () => {
  it('is told from anything else', () => {
    expect(['', live, endedText(live, EXPIRY)].every(isRegisterText)).toBe(true);
    const wrong = [null, 1, 'L', 'E', live.slice(0, 20), `X${live}`, live.slice(0, 16), `${endedText(live, EXPIRY)} `];
    expect(wrong.filter(isRegisterText)).toEqual([]);
  });
});
