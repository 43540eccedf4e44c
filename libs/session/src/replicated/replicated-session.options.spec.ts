import { describe, expect, it } from 'vitest';
import { replicatedSessions, type ReplicatedSessionsOptions } from './index.js';
import { SECRET } from './real-group.fixture.js';
import { warningAbout } from './replicated-session.options.js';

const PEERS = ['10.0.0.1:7000', 'shop-2.internal:7000', '[fd00::3]:7000'];
const right = { self: PEERS[0], peers: PEERS, secret: SECRET };

describe('Options of replicated sessions', () => {
  it.each([
    [{ self: undefined }, "self must be an address such as '10.0.0.1:7000'"],
    [{ self: '10.0.0.1' }, "self must be an address such as '10.0.0.1:7000'"],
    [{ self: 'tcp://10.0.0.1:7000' }, 'self must be an address'],
    [{ self: '10.0.0.1:70000' }, 'self must be an address'],
    [{ self: '10.0.0.9:7000' }, 'self must be one of peers, written the same'],
    [{ peers: undefined }, 'peers must be a list'],
    [{ peers: [] }, 'peers must be a list of at least one address'],
    [{ peers: Array.from({ length: 32 }, (_, n) => `10.0.0.1:${n + 7_000}`) }, 'peers must be a list of at most 31'],
    [{ peers: ['10.0.0.1:7000', 7_000] }, 'peers must be a list of addresses'],
    [{ peers: [...PEERS, 'SHOP-2.internal:7000'] }, 'peers must not name an instance twice'],
    [{ secret: undefined }, 'secret must be a text'],
    [{ secret: 'k9Jv0Zr3Qx7Lw2Yt5Bn8Mh1Gd4Sf6Ap' }, 'secret has 31 bytes, allowed are 32 and more'],
    [{ secret: 'a'.repeat(40) }, 'secret is well known or easy to guess'],
    [{ secret: 'ab12CD34ef56'.repeat(4) }, 'secret is well known or easy to guess'],
    [{ secret: 'please-change-me-to-a-long-random-secret-value' }, 'secret is well known or easy to guess'],
    [{ secret: '0123456789'.repeat(4) }, 'secret is well known or easy to guess'],
    [{ listen: 7_000 }, 'listen must be an address'],
    [{ maxSessions: 0 }, 'maxSessions must be a whole number from 1 to 10000000'],
    [{ trustMs: -1 }, 'trustMs must be a whole number from 0 to 60000'],
    [{ deadlineMs: 20 }, 'deadlineMs must be a whole number from 50 to 10000'],
    [{ port: 1 }, 'there is no option port'],
  ])('%j: %s', (wrong, problem) => {
    const make = () => replicatedSessions({ ...right, ...wrong } as ReplicatedSessionsOptions);
    expect(make).toThrow(`replicatedSessions: ${problem}`);
    expect(make).not.toThrow(SECRET.slice(0, 20));
  });

  it('are refused with every problem at once', () => {
    const make = () => replicatedSessions({ self: '', peers: [], secret: '' });
    expect(make).toThrow(/self must[^]*peers must/);
  });

  it('say what is promised: compare-and-set, one’s own writes, and revocation within the trust in a copy', () => {
    expect(replicatedSessions({ ...right, trustMs: 250 } as ReplicatedSessionsOptions).guarantees).toEqual({
      concurrency: 'compare-and-set',
      reads: 'read-your-writes',
      revocation: { withinMs: 250 },
    });
  });

  it.each([
    [1, /restart loses all/],
    [2, /none may be missing/],
    [4, /bear the loss of 1, no more than 3 would/],
    [9, /meant for three to seven/],
  ])('%i instances are worth a word at the start', (count, warning) => {
    expect(warningAbout(count)).toMatch(warning);
  });

  it.each([3, 5, 7])('%i instances are as it should be', (count) => {
    expect(warningAbout(count)).toBeUndefined();
  });
});
