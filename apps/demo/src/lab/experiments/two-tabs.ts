import type { Experiment, RunChoice } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Outcome } from '../outcome.js';
import { patientLook } from '../trial/patient-look.js';
import { instanceOf } from '../trial/requirements.js';
import { figureOf, figureOfRounds, percent } from '../trial/statistics.js';
import { Visitor } from '../trial/visitor.js';
import { withWholeCluster } from '../trial/whole-cluster.js';

const ROUNDS = { quick: 8, thorough: 30 } as const;

/** Requests that are under way at the same time. */
const TABS = 6;

/** What one visitor's parallel requests came to. */
interface Round {
  /** Keys whose writes were acknowledged, and how many of them were not there afterwards. */
  readonly written: number;
  readonly lost: number;
  /** Increments of one counter that were acknowledged, and how many of them the counter does not show. */
  readonly counted: number;
  readonly countsLost: number;
  /** Writes and increments that were not acknowledged. */
  readonly refused: number;
}

/** Whether requests of one visitor that run at the same time overwrite each other's changes. */
export const TWO_TABS: Experiment = {
  name: 'two-tabs',
  title: 'Several tabs at once',
  explanation:
    'One visitor with several tabs changes different things in the session at the same time, at different instances. ' +
    'Whatever was acknowledged should be there afterwards; where the whole session is written back, the last tab wins and the others are lost.',
  claims: ['C1', 'M1', 'K1'],
  run: (lab, choice) => withWholeCluster(lab, () => run(lab, choice)),
};

async function run(lab: Lab, { pace, progress, signal }: RunChoice): Promise<Outcome> {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS[pace]; round += 1) {
    progress(round / ROUNDS[pace], `visitor ${round + 1} with ${TABS} tabs`);
    rounds.push(await oneVisitor(lab, round, signal));
  }
  return outcomeOf(rounds);
}

async function oneVisitor(lab: Lab, round: number, signal: AbortSignal): Promise<Round> {
  const visitor = new Visitor(instanceOf(lab, round).url, signal);
  await visitor.login(`tabs-${round}`);
  await visitor.put('before', true);
  const tabs = Array.from({ length: TABS }, (_, tab) => ({ key: `tab-${tab}`, at: instanceOf(lab, tab).url }));
  const writes = await Promise.all(
    tabs.map(async ({ key, at }) => ({ key, reply: await visitor.put(key, round, at) })),
  );
  const increments = await Promise.all(
    tabs.map(({ at }) => visitor.ask('POST', '/api/session/increment/count', { at })),
  );
  const { acknowledged, session } = await patientLook(visitor);
  // Else everything would count as lost that was only not shown.
  if (!acknowledged) throw new Error('Nobody could say what was left of the session');
  const { data = {} } = session;
  const written = writes.filter(({ reply }) => reply.acknowledged);
  const counted = increments.filter((increment) => increment.acknowledged).length;
  return {
    written: written.length,
    lost: written.filter(({ key }) => data[key] !== round).length,
    counted,
    countsLost: Math.max(0, counted - Number(data['count'] ?? 0)),
    refused: TABS * 2 - written.length - counted,
  };
}

function outcomeOf(rounds: readonly Round[]): Outcome {
  const sum = (of: (round: Round) => number): number => rounds.reduce((total, round) => total + of(round), 0);
  const [written, lost, counted, countsLost] = [
    sum((round) => round.written),
    sum((round) => round.lost),
    sum((round) => round.counted),
    sum((round) => round.countsLost),
  ];
  return {
    summary: `${lost} of ${written} changes and ${countsLost} of ${counted} counts were acknowledged and then overwritten by another tab.`,
    figures: [
      figureOfRounds(
        { name: 'keys lost', unit: '%', good: 'low' },
        rounds.map((round) => percent(round.lost, round.written)),
      ),
      figureOfRounds(
        { name: 'counts lost', unit: '%', good: 'low' },
        rounds.map((round) => percent(round.countsLost, round.counted)),
      ),
      figureOf({ name: 'keys written', unit: 'keys' }, written),
      figureOf(
        { name: 'changes refused', unit: 'changes', good: 'low' },
        sum((round) => round.refused),
      ),
    ],
    picture: {
      kind: 'bars',
      unit: 'changes',
      bars: [
        { name: 'keys kept', value: written - lost },
        { name: 'keys lost', value: lost },
        { name: 'counts kept', value: counted - countsLost },
        { name: 'counts lost', value: countsLost },
      ],
    },
  };
}
