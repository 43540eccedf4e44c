import { setTimeout as delay } from 'node:timers/promises';
import type { Experiment, RunChoice } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Outcome, Tiles } from '../outcome.js';
import { instanceOf } from '../trial/requirements.js';
import { figureOf } from '../trial/statistics.js';
import { Visitor, type Reply } from '../trial/visitor.js';
import { withWholeCluster } from '../trial/whole-cluster.js';

const VISITORS = { quick: 8, thorough: 32 } as const;
const AT_ONCE = 8;

/** The slow request has opened the session long before the logout, and writes long after it. */
const SLOW_MS = 600;
const LOGOUT_AFTER_MS = 250;

interface Race {
  /** Whether any cookie of that visitor still opens the login at any instance; `unknown` when login, logout or look were not answered. */
  readonly alive: boolean | 'unknown';
  /** The slow request was told that its session had ended, rather than that all was well. */
  readonly told: boolean;
}

/** Whether a request that was under way during a logout brings the session back to life. */
export const LOGOUT_RACE: Experiment = {
  name: 'logout-race',
  title: 'Log out while a slow request runs',
  explanation:
    'A slow request has opened the session; meanwhile the visitor logs out at another instance, and then the slow request saves. ' +
    'If it puts the old session back, somebody who has logged out is logged in again: every cookie of theirs is tried at every instance.',
  claims: ['0', 'M1', 'C1'],
  run: (lab, choice) => withWholeCluster(lab, () => run(lab, choice)),
};

async function run(lab: Lab, { pace, progress, signal }: RunChoice): Promise<Outcome> {
  const races: Race[] = [];
  while (races.length < VISITORS[pace]) {
    progress(races.length / VISITORS[pace], `${AT_ONCE} visitors log out while a request of theirs runs`);
    const numbers = Array.from({ length: AT_ONCE }, (_, index) => races.length + index);
    races.push(...(await Promise.all(numbers.map((number) => runRace(lab, number, signal)))));
  }
  return outcomeOf(races);
}

async function runRace(lab: Lab, number: number, signal: AbortSignal): Promise<Race> {
  const [here, there] = [instanceOf(lab, number).url, instanceOf(lab, number + 1).url];
  const user = `racer-${number}`;
  const visitor = new Visitor(here, signal);
  const login = await visitor.login(user);
  const [before, slow, leaving] = [visitor.twin(), visitor.twin(), visitor.twin()];
  const body = { ms: SLOW_MS, key: 'late', value: number };
  const leave = async (): Promise<Reply> => {
    await delay(LOGOUT_AFTER_MS, undefined, { signal });
    return leaving.ask('POST', '/api/logout', { at: there });
  };
  const [saved, logout] = await Promise.all([slow.ask('POST', '/api/slow', { body }), leave()]);
  const told = saved.status >= 400 && saved.status < 500;
  if (!login.acknowledged || !logout.acknowledged) return { alive: 'unknown', told };
  return { alive: await isAlive(lab, [before, slow, leaving], user), told };
}

async function isAlive(lab: Lab, cookies: readonly Visitor[], user: string): Promise<boolean | 'unknown'> {
  const looks = cookies.flatMap((one) => lab.instances.map(({ url }) => one.twin().look(url)));
  const replies = await Promise.all(looks);
  if (replies.some(({ session }) => session.principal === user)) return true;
  return replies.every(({ acknowledged }) => acknowledged) ? false : 'unknown';
}

function outcomeOf(races: readonly Race[]): Outcome {
  const alive = races.filter((race) => race.alive === true).length;
  const known = races.filter((race) => race.alive !== 'unknown').length;
  const told = races.filter((race) => race.told).length;
  return {
    summary: `${alive} of ${known} sessions were alive again after their logout.`,
    figures: [
      figureOf({ name: 'sessions alive after logout', unit: 'sessions', good: 'low' }, known === 0 ? NaN : alive),
      figureOf({ name: 'logouts', unit: 'sessions' }, known),
      figureOf({ name: 'slow requests told of the logout', unit: 'requests', good: 'high' }, told),
      figureOf({ name: 'races without an answer', unit: 'sessions', good: 'low' }, races.length - known),
    ],
    picture: {
      kind: 'tiles',
      tiles: races.map(tileOf),
      legend: { good: 'logged out everywhere', bad: 'alive again', unknown: 'no answer' },
    },
  };
}

function tileOf({ alive }: Race): Tiles['tiles'][number] {
  if (alive === 'unknown') return alive;
  return alive ? 'bad' : 'good';
}
