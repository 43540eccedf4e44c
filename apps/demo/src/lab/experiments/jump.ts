import { setTimeout as delay } from 'node:timers/promises';
import type { Experiment, RunChoice } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Outcome } from '../outcome.js';
import { instanceOf, wantsTwoInstances } from '../trial/requirements.js';
import { figureOf, figureOfRounds, percent } from '../trial/statistics.js';
import { Visitor } from '../trial/visitor.js';
import { withWholeCluster } from '../trial/whole-cluster.js';

const SIZE = { quick: { rounds: 3, jumps: 15 }, thorough: { rounds: 5, jumps: 100 } } as const;

/** For so long in all, what is not there yet is waited for; afterwards it counts as never seen. */
const WAIT_IN_ALL_MS = 2_000;
const WAIT_FOR_ONE_MS = 500;
const ASK_EVERY_MS = 2;

/** One write and the read at another instance that follows it at once. */
interface Jump {
  /** What the read has shown at once; `unknown` when write or read was not answered. */
  readonly saw: 'current' | 'stale' | 'unknown';
  /** How long after the write it was there; undefined when it never was, as long as one waited. */
  readonly lateMs: number | undefined;
}

/** Claim S2: whether what was written at one instance is there when the visitor is at another one a moment later. */
export const JUMP: Experiment = {
  name: 'jump',
  title: 'Write here, read there at once',
  explanation:
    'A visitor changes the session at one instance, and the very next request goes to another one. ' +
    'If the change is not there yet, the visitor sees an old basket: that is counted, and how late the change arrives.',
  claims: ['S2', 'M1', 'M3', 'S1'],
  impossible: wantsTwoInstances,
  run: (lab, choice) => withWholeCluster(lab, () => run(lab, choice)),
};

async function run(lab: Lab, { pace, progress, signal }: RunChoice): Promise<Outcome> {
  const { rounds, jumps } = SIZE[pace];
  const all: Jump[][] = [];
  const patience = { leftMs: WAIT_IN_ALL_MS };
  for (let round = 0; round < rounds; round += 1) {
    const visitor = new Visitor(instanceOf(lab, 0).url, signal);
    await visitor.login(`jumper-${round}`);
    const seen: Jump[] = [];
    for (let count = 0; count < jumps; count += 1) {
      progress((round * jumps + count) / (rounds * jumps), `jump ${round * jumps + count + 1}`);
      seen.push(await jump(lab, visitor, count, patience));
    }
    all.push(seen);
  }
  return outcomeOf(all);
}

async function jump(lab: Lab, visitor: Visitor, count: number, patience: { leftMs: number }): Promise<Jump> {
  const value = `value ${count}`;
  const there = instanceOf(lab, count + 1).url;
  const write = await visitor.put('jump', value, instanceOf(lab, count).url);
  if (!write.acknowledged) return { saw: 'unknown', lateMs: undefined };
  const began = performance.now();
  const read = await visitor.look(there);
  if (!read.acknowledged) return { saw: 'unknown', lateMs: undefined };
  if (read.session.data?.['jump'] === value) return { saw: 'current', lateMs: 0 };
  const wait = Math.min(patience.leftMs, WAIT_FOR_ONE_MS);
  const arrived = await untilSeen(visitor, value, there, began + wait);
  patience.leftMs -= performance.now() - began;
  return { saw: 'stale', lateMs: arrived ? performance.now() - began : undefined };
}

async function untilSeen(visitor: Visitor, value: string, at: string, deadline: number): Promise<boolean> {
  while (performance.now() < deadline) {
    await delay(ASK_EVERY_MS);
    if ((await visitor.look(at)).session.data?.['jump'] === value) return true;
  }
  return false;
}

function outcomeOf(rounds: readonly (readonly Jump[])[]): Outcome {
  const all = rounds.flat();
  const stale = all.filter(({ saw }) => saw === 'stale');
  const answered = all.filter(({ saw }) => saw !== 'unknown');
  const staleShare = rounds.map((jumps) => {
    const known = jumps.filter(({ saw }) => saw !== 'unknown');
    return percent(known.filter(({ saw }) => saw === 'stale').length, known.length);
  });
  // Where nobody saw anything, nothing is known of delays either.
  const known = (value: number): number => (answered.length === 0 ? NaN : value);
  const lateness = stale.flatMap(({ lateMs }) => (lateMs === undefined ? [] : [lateMs]));
  return {
    summary: `${stale.length} of ${answered.length} reads at another instance, right after a write, did not show it.`,
    figures: [
      figureOfRounds({ name: 'stale reads', unit: '%', good: 'low' }, staleShare),
      figureOf({ name: 'longest delay of a change', unit: 'ms', good: 'low' }, known(Math.max(0, ...lateness))),
      figureOf({ name: 'changes never seen', unit: 'changes', good: 'low' }, known(stale.length - lateness.length)),
      figureOf({ name: 'jumps not answered', unit: 'jumps', good: 'low' }, all.length - answered.length),
    ],
    picture: {
      kind: 'tiles',
      tiles: all.map(({ saw }) => (saw === 'unknown' ? saw : saw === 'current' ? 'good' : 'bad')),
      legend: { good: 'the change was there', bad: 'an old state was there', unknown: 'no answer' },
    },
  };
}
