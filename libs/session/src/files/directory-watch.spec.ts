import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BallotClock } from '../caspaxos/ballot.js';
import { type Clock, SYSTEM_CLOCK } from '../caspaxos/clock.js';
import { Proposer } from '../caspaxos/proposer.js';
import { DirectoryGroup } from './directory-group.js';
import { DirectoryPlace } from './directory-place.js';
import { DirectoryWatch } from './directory-watch.js';
import { pathOf } from './member-folder.js';
import { Membership } from './membership.js';
import { Refill } from './refill.js';

const PARENT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const SETTINGS = { capacity: 1, leaseMs: 1_000, deadlineMs: 10_000 };

let parent: string;
let places: [DirectoryPlace, DirectoryPlace, DirectoryPlace];
let membership: Membership;
let refill: Refill;
const stopping = new AbortController();

beforeEach(async () => {
  parent = mkdtempSync(join(PARENT, 'directory-watch-'));
  places = ['a', 'b', 'c'].map((name) => new DirectoryPlace(join(parent, name), SETTINGS)) as typeof places;
  membership = new Membership(places);
  await membership.assemble();
  const ballots = new BallotClock(1);
  const group = new DirectoryGroup(places, membership, SYSTEM_CLOCK);
  const own = { next: () => ballots.next(1), observe: (ballot: string) => ballots.observe(ballot) };
  refill = new Refill(places, new Proposer(group, own, SYSTEM_CLOCK, 10_000), stopping.signal);
});
afterEach(() => {
  rmSync(parent, { recursive: true, maxRetries: 10 });
});

/** Time that passes by being waited for. */
function quickClock(): Clock {
  let elapsed = 0;
  return {
    ...SYSTEM_CLOCK,
    elapsed: () => elapsed,
    random: () => 0.5,
    after: (ms, callback) => {
      const timer = setImmediate(() => {
        elapsed += ms;
        callback();
      });
      return () => clearImmediate(timer);
    },
  };
}

function homeOf(place: DirectoryPlace): string {
  return pathOf(place.root, place.folder ?? expect.unreachable());
}

describe('A directory that is brought back', () => {
  it('again and again is left alone for longer each time', async () => {
    const [slow] = places;
    const clock = quickClock();
    const back: number[] = [];
    const watch = new DirectoryWatch(places, membership, refill, clock, (event) => {
      if (event !== 'placeAvailable') return;
      back.push(clock.elapsed());
      slow.note('no answer');
    });
    slow.note('no answer');
    const end = new AbortController();
    const running = watch.run(end.signal);
    await vi.waitFor(() => expect(back.length).toBeGreaterThan(6), { timeout: 20_000 });
    end.abort();
    await running;
    const gaps = back.slice(1).map((at, nth) => at - (back[nth] ?? 0));
    for (const [nth, gap] of gaps.slice(0, 6).entries())
      expect(gap).toBeGreaterThanOrEqual(Math.min(2 ** nth, 30) * 1_000);
  }, 30_000);

  it('gets no blame for another one that cannot be read, and is not in step', async () => {
    const [away, broken] = places;
    mkdirSync(join(homeOf(broken), 'aa'), { recursive: true });
    for (const name of readdirSync(homeOf(broken))) {
      rmSync(join(homeOf(broken), name), { recursive: true });
      writeFileSync(join(homeOf(broken), name), 'no folder');
    }
    expect(await refill.catchUp(away)).toBe(false);
    expect(places.map(({ problem }) => problem)).toEqual([undefined, 'ENOTDIR', undefined]);
  });
});
