import type { Experiment, RunChoice } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Outcome } from '../outcome.js';
import { eachAtOnce } from '../trial/at-once.js';
import { forgeriesOf } from '../trial/forgeries.js';
import { figureOf } from '../trial/statistics.js';
import { Visitor, type Reply } from '../trial/visitor.js';
import { withWholeCluster } from '../trial/whole-cluster.js';

const FORGERIES = { quick: 200, thorough: 1_000 } as const;
const AT_ONCE = 8;

/** So many of them are drawn; the figures count all. */
const MOST_TILES = 200;

/** Claims C2 and K3: whether a cookie that nobody handed out opens a session. */
export const FORGED_COOKIE: Experiment = {
  name: 'forged-cookie',
  title: 'Forge a cookie',
  explanation:
    "A visitor logs in, and then hundreds of forged variants of the cookie are tried: changed, cut, lengthened, joined with somebody else's, made up. " +
    'None of them should open a login, and none should make the server stumble (a status of 500 or above).',
  claims: ['C2', 'K3'],
  run: (lab, choice) => withWholeCluster(lab, () => run(lab, choice)),
};

async function run(lab: Lab, { pace, progress, signal }: RunChoice): Promise<Outcome> {
  // One instance alone is asked: where they share nothing, the others would refuse the genuine cookie as well.
  const url = lab.instances[0]?.url ?? lab.url;
  const ann = new Visitor(url, signal);
  const bob = new Visitor(url, signal);
  await ann.login('ann');
  await bob.login('bob');
  const [name, genuine] = longest(ann.jar);
  const forgeries = forgeriesOf(genuine, bob.jar.get(name) ?? '', FORGERIES[pace]);
  let done = 0;
  const replies = await eachAtOnce(forgeries, AT_ONCE, async (forgery) => {
    progress((done += 1) / forgeries.length, `forgery ${done}`);
    return ann.twin(new Map([[name, forgery]])).look();
  });
  // Otherwise it was no forgery that was refused.
  if ((await ann.look()).session.principal !== 'ann') throw new Error('The genuine cookie did not open its session');
  return outcomeOf(replies);
}

/** The cookie that holds or names the session, among those that the shop may set. */
function longest(jar: ReadonlyMap<string, string>): [name: string, value: string] {
  const [first] = [...jar].toSorted(([, one], [, other]) => other.length - one.length);
  if (first === undefined) throw new Error('A login set no cookie');
  return first;
}

function outcomeOf(replies: readonly Reply[]): Outcome {
  const accepted = replies.filter(isAccepted).length;
  const stumbled = replies.filter(({ status }) => status >= 500).length;
  const unanswered = replies.filter(({ status }) => status === 0).length;
  return {
    summary: `${accepted} of ${replies.length} forged cookies opened a login; ${stumbled} were answered with a status of 500 or above.`,
    figures: [
      figureOf({ name: 'forgeries accepted', unit: 'cookies', good: 'low' }, accepted),
      figureOf({ name: 'forgeries tried', unit: 'cookies' }, replies.length),
      figureOf({ name: 'answers of 500 and above', unit: 'answers', good: 'low' }, stumbled),
      figureOf({ name: 'forgeries not answered', unit: 'cookies', good: 'low' }, unanswered),
    ],
    picture: {
      kind: 'tiles',
      tiles: replies.slice(0, MOST_TILES).map((reply) => {
        if (reply.status === 0) return 'unknown';
        return isAccepted(reply) || reply.status >= 500 ? 'bad' : 'good';
      }),
      legend: { good: 'refused', bad: 'accepted, or the server stumbled', unknown: 'no answer' },
    },
  };
}

function isAccepted({ session }: Reply): boolean {
  return (session.principal ?? null) !== null;
}
