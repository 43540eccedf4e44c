import type { Experiment, RunChoice } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Outcome, Tiles } from '../outcome.js';
import { instanceOf, wantsTwoInstances } from '../trial/requirements.js';
import { figureOf, percent } from '../trial/statistics.js';
import { Visitor } from '../trial/visitor.js';
import { withWholeCluster } from '../trial/whole-cluster.js';

const VISITORS = { quick: 10, thorough: 40 } as const;

type Tile = Tiles['tiles'][number];

/** Claim 0: whether somebody who has logged in at one instance is logged in at the others. */
export const NO_SHARING: Experiment = {
  name: 'no-sharing',
  title: 'Log in here, ask there',
  explanation:
    'Visitors log in at one instance and then ask each of the other instances who they are. ' +
    'If the instances share their sessions, every one of them knows the visitor; if not, the visitor is a stranger there.',
  claims: ['0', 'M1', 'C1', 'S1', 'N1', 'K1'],
  impossible: wantsTwoInstances,
  run: (lab, choice) => withWholeCluster(lab, () => run(lab, choice)),
};

async function run(lab: Lab, { pace, progress, signal }: RunChoice): Promise<Outcome> {
  const tiles: Tile[] = [];
  for (let round = 0; round < VISITORS[pace]; round += 1) {
    progress(round / VISITORS[pace], `visitor ${round + 1} logs in at ${instanceOf(lab, round).name}`);
    tiles.push(...(await askElsewhere(lab, round, signal)));
  }
  return outcomeOf(lab, tiles);
}

/** One visitor logs in at one instance; what each of the others then says. */
async function askElsewhere(lab: Lab, round: number, signal: AbortSignal): Promise<Tile[]> {
  const home = instanceOf(lab, round);
  const user = `visitor-${round}`;
  const visitor = new Visitor(home.url, signal);
  const login = await visitor.login(user);
  const others = lab.instances.filter((instance) => instance !== home);
  if (!login.acknowledged) return others.map(() => 'unknown');
  const tiles: Tile[] = [];
  for (const { url } of others) {
    const { acknowledged, session } = await visitor.twin().look(url);
    if (acknowledged) tiles.push(session.principal === user ? 'good' : 'bad');
    else tiles.push('unknown');
  }
  return tiles;
}

function outcomeOf(lab: Lab, tiles: readonly Tile[]): Outcome {
  const count = (kind: Tile): number => tiles.filter((tile) => tile === kind).length;
  const asked = count('good') + count('bad');
  return {
    summary: `After a login at one instance, ${count('good')} of ${asked} questions to the others found the visitor logged in.`,
    figures: [
      figureOf({ name: 'logged in at the other instances', unit: '%', good: 'high' }, percent(count('good'), asked)),
      figureOf({ name: 'strangers at the other instances', unit: 'questions', good: 'low' }, count('bad')),
      figureOf({ name: 'questions not answered', unit: 'questions', good: 'low' }, count('unknown')),
      figureOf({ name: 'instances', unit: 'instances' }, lab.instances.length),
    ],
    picture: {
      kind: 'tiles',
      tiles,
      legend: { good: 'logged in there, too', bad: 'a stranger there', unknown: 'no answer' },
    },
  };
}
