import type { Experiment, RunChoice } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Outcome } from '../outcome.js';
import { instanceOf, wantsTwoInstances } from '../trial/requirements.js';
import { figureOf, percent } from '../trial/statistics.js';
import { Visitor } from '../trial/visitor.js';
import { withWholeCluster } from '../trial/whole-cluster.js';

const VISITORS = { quick: 10, thorough: 40 } as const;
const HEADER = 'x-session-token';
const NO_COOKIES: ReadonlyMap<string, string> = new Map();

interface Found {
  /** Logged in at the other instance without anything but the cookie that the client refused. */
  readonly plain: boolean;
  /** Logged in there with the token in a header. */
  readonly byHeader: boolean;
}

/** Claim C3: whether a client that keeps no cookies can have a session, in another way. */
export const CLIENT_WITHOUT_COOKIES: Experiment = {
  name: 'client-without-cookies',
  title: 'A client that refuses cookies',
  explanation:
    'A client that keeps no cookies logs in at one instance and asks another one who it is: without the cookie it is a stranger. ' +
    'Then it asks for its session in the header X-Session-Token instead, as an app or another server would, and is known.',
  claims: ['C3'],
  impossible: wantsTwoInstances,
  run: (lab, choice) => withWholeCluster(lab, () => run(lab, choice)),
};

async function run(lab: Lab, { pace, progress, signal }: RunChoice): Promise<Outcome> {
  const found: Found[] = [];
  for (let round = 0; round < VISITORS[pace]; round += 1) {
    progress(round / VISITORS[pace], `client ${round + 1}`);
    const client = new Visitor(lab.url, signal);
    const route = { here: instanceOf(lab, round).url, there: instanceOf(lab, round + 1).url };
    found.push({ plain: await isKnown(client, route, false), byHeader: await isKnown(client, route, true) });
  }
  return outcomeOf(found);
}

/** Logs in here, and asks there; a new client each time, so that no cookie is ever sent. */
async function isKnown(client: Visitor, { here, there }: Record<'here' | 'there', string>, header: boolean) {
  const login = await client.twin(NO_COOKIES).ask('POST', '/api/login', {
    at: here,
    body: { user: 'eve' },
    headers: header ? { [HEADER]: '' } : {},
  });
  const token = login.headers.get(HEADER);
  const headers = header && token !== null ? { [HEADER]: token } : {};
  const { session } = await client.twin(NO_COOKIES).ask('GET', '/api/session', { at: there, headers });
  return session.principal === 'eve';
}

function outcomeOf(found: readonly Found[]): Outcome {
  const plain = found.filter((one) => one.plain).length;
  const byHeader = found.filter((one) => one.byHeader).length;
  return {
    summary: `Without cookies ${plain} of ${found.length} clients were known at another instance; with the token in a header ${byHeader}.`,
    figures: [
      figureOf({ name: 'known without cookies', unit: '%' }, percent(plain, found.length)),
      figureOf({ name: 'known by the header', unit: '%', good: 'high' }, percent(byHeader, found.length)),
      figureOf({ name: 'clients', unit: 'clients' }, found.length),
    ],
    picture: {
      kind: 'bars',
      unit: 'clients known',
      bars: [
        { name: 'cookie refused', value: plain },
        { name: 'token in a header', value: byHeader },
      ],
    },
  };
}
