import type { Experiment, RunChoice } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Outcome, Tiles } from '../outcome.js';
import { patientAsk, patientLook } from '../trial/patient-look.js';
import { figureOf, percent } from '../trial/statistics.js';
import { Visitor } from '../trial/visitor.js';
import { bringAllBack, withWholeCluster } from '../trial/whole-cluster.js';

const VISITORS = { quick: 20, thorough: 60 } as const;

type Tile = Tiles['tiles'][number];

/** Claims R1 and K1: what survives that everything goes down at once. */
export const RESTART_EVERYTHING: Experiment = {
  name: 'restart-everything',
  title: 'Everything is restarted',
  explanation:
    'Visitors log in and fill a basket; then all instances and all store servers are killed at once, as in a power cut of the machines, and started again. ' +
    'What was on a disk, or in the cookie, is there again; what was only in memory is gone.',
  claims: ['R1', 'K1', 'C1'],
  run: (lab, choice) => withWholeCluster(lab, () => run(lab, choice)),
};

async function run(lab: Lab, { pace, progress, signal }: RunChoice): Promise<Outcome> {
  progress(0.1, 'visitors log in');
  const visitors = await Promise.all(Array.from({ length: VISITORS[pace] }, (_, index) => shopper(lab, index, signal)));
  const shoppers = visitors.filter((visitor) => visitor !== undefined);
  progress(0.3, 'everything is killed');
  await Promise.all([...lab.instances, ...lab.servers].map((failing) => failing.kill()));
  signal.throwIfAborted();
  progress(0.5, 'everything is started again');
  const began = performance.now();
  await bringAllBack(lab);
  const tookMs = performance.now() - began;
  progress(0.9, 'everybody looks into the basket');
  const tiles = await Promise.all(shoppers.map(tileOf));
  return outcomeOf(lab, tiles, tookMs);
}

/** Somebody who was told that they are logged in and have a basket. */
interface Shopper {
  readonly visitor: Visitor;
  readonly number: number;
}

/** Undefined when login or basket were not acknowledged. */
async function shopper(lab: Lab, number: number, signal: AbortSignal): Promise<Shopper | undefined> {
  const visitor = new Visitor(lab.url, signal);
  const login = await patientAsk(() => visitor.login(`shopper-${number}`));
  const write = await patientAsk(() => visitor.put('basket', number));
  return login.acknowledged && write.acknowledged ? { visitor, number } : undefined;
}

async function tileOf({ visitor, number }: Shopper): Promise<Tile> {
  const { acknowledged, session } = await patientLook(visitor);
  if (!acknowledged) return 'unknown';
  return session.principal === `shopper-${number}` && session.data?.['basket'] === number ? 'good' : 'bad';
}

function outcomeOf(lab: Lab, tiles: readonly Tile[], tookMs: number): Outcome {
  const survived = tiles.filter((tile) => tile === 'good').length;
  const unknown = tiles.filter((tile) => tile === 'unknown').length;
  const asked = tiles.length - unknown;
  return {
    summary: `${survived} of ${asked} sessions, with their baskets, survived that everything was killed at once.`,
    figures: [
      figureOf({ name: 'sessions survived', unit: '%', good: 'high' }, percent(survived, asked)),
      figureOf({ name: 'sessions', unit: 'sessions' }, tiles.length),
      figureOf({ name: 'sessions not answered', unit: 'sessions', good: 'low' }, unknown),
      figureOf({ name: 'servers restarted', unit: 'servers' }, lab.servers.length),
      figureOf({ name: 'time until everything answers', unit: 'ms', good: 'low' }, tookMs),
    ],
    picture: {
      kind: 'tiles',
      tiles,
      legend: { good: 'still logged in', bad: 'gone', unknown: 'no answer' },
    },
  };
}
