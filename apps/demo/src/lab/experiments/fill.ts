import type { Experiment, RunChoice } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Outcome } from '../outcome.js';
import { eachAtOnce } from '../trial/at-once.js';
import { largestAccepted, type Limit } from '../trial/size-limit.js';
import { figureOf, percent } from '../trial/statistics.js';
import { Visitor } from '../trial/visitor.js';
import { withWholeCluster } from '../trial/whole-cluster.js';

/** More than the demo's own Redis holds, and than its memcached do, whose blocks have fixed sizes. */
const FILL_BYTES = { quick: 9_000_000, thorough: 16_000_000 } as const;
const LARGEST_FILLER = 56_000;
const MOST_SESSIONS = { quick: 160, thorough: 300 } as const;
const AT_ONCE = 4;
const EMPTY_WITHIN_MS = 5_000;

/** What came of filling the store. */
interface Filled {
  /** Sessions that were acknowledged, how many of them could be looked for at the end, and how many were gone. */
  readonly stored: number;
  readonly known: number;
  readonly evicted: number;
  /** Sessions that were not stored, and the visitor was told. */
  readonly refused: number;
  readonly bytes: number;
}

/** Claim K5 and C1's other side: how much a session may hold, and what gives when the store is full. */
export const FILL: Experiment = {
  name: 'fill',
  title: 'Fill it up',
  explanation:
    'One visitor puts more and more into a session until it is refused; then many visitors fill the store with large sessions. ' +
    'A full store should refuse new sessions aloud, with those before still there; one that evicts logs people out without a word.',
  claims: ['K5', 'C1', 'R1'],
  run: (lab, choice) => withWholeCluster(lab, () => run(lab, choice)),
};

async function run(lab: Lab, choice: RunChoice): Promise<Outcome> {
  choice.progress(0.05, 'how much one session may hold');
  const limit = await largestAccepted(new Visitor(lab.url, choice.signal));
  const visitors: Visitor[] = [];
  try {
    return outcomeOf(limit, await fill(lab, limit, choice, visitors));
  } finally {
    await empty(visitors);
  }
}

/** A store that is still full would take part in what is tried next, also when this was told to end: that signal is not theirs. */
async function empty(visitors: readonly Visitor[]): Promise<void> {
  const signal = AbortSignal.timeout(EMPTY_WITHIN_MS);
  await eachAtOnce(visitors, AT_ONCE, (visitor) =>
    visitor
      .twin(visitor.jar, signal)
      .ask('DELETE', '/api/session')
      .catch(() => undefined),
  );
}

/** @param visitors are told here as they come */
async function fill(lab: Lab, limit: Limit, choice: RunChoice, visitors: Visitor[]): Promise<Filled> {
  const { pace, progress, signal } = choice;
  const bytes = Math.min(limit.bytes, LARGEST_FILLER);
  const count = Math.min(MOST_SESSIONS[pace], Math.ceil(FILL_BYTES[pace] / bytes));
  let done = 0;
  const attempts = await eachAtOnce(Array.from({ length: count }), AT_ONCE, async () => {
    progress(0.2 + (0.5 * (done += 1)) / count, `session ${done} of ${count}`);
    const visitor = new Visitor(lab.url, signal);
    visitors.push(visitor);
    const { acknowledged } = await visitor.ask('POST', '/api/fill', { body: { bytes } });
    return { visitor, acknowledged };
  });
  const stored = attempts.filter(({ acknowledged }) => acknowledged);
  done = 0;
  const looks = await eachAtOnce(stored, AT_ONCE, ({ visitor }) => {
    progress(0.7 + (0.25 * (done += 1)) / count, `looking for session ${done}`);
    return visitor.look();
  });
  const answered = looks.filter(({ acknowledged }) => acknowledged);
  const evicted = answered.filter(({ session }) => session.data?.['filler'] === undefined);
  return {
    stored: stored.length,
    known: answered.length,
    evicted: evicted.length,
    refused: count - stored.length,
    bytes,
  };
}

function outcomeOf(limit: Limit, { stored, known, evicted, refused, bytes }: Filled): Outcome {
  const atLeast = limit.refusedWith === undefined ? 'at least ' : '';
  return {
    summary:
      `A session holds ${atLeast}${limit.bytes} bytes; of ${stored + refused} sessions of ${bytes} bytes ` +
      `${refused} were refused, and ${evicted} that had been acknowledged were gone afterwards.`,
    figures: [
      figureOf({ name: 'largest value accepted', unit: 'bytes', good: 'high' }, limit.bytes),
      ...(limit.refusedWith === undefined
        ? []
        : [figureOf({ name: 'answer to a larger value', unit: 'status' }, limit.refusedWith)]),
      figureOf({ name: 'sessions damaged by a refusal', unit: 'sessions', good: 'low' }, limit.intact ? 0 : 1),
      figureOf({ name: 'large sessions stored', unit: 'sessions' }, stored),
      figureOf({ name: 'large sessions refused', unit: 'sessions' }, refused),
      figureOf({ name: 'acknowledged sessions gone', unit: '%', good: 'low' }, percent(evicted, known)),
      figureOf({ name: 'sessions not answered', unit: 'sessions', good: 'low' }, stored - known),
    ],
    picture: {
      kind: 'bars',
      unit: 'sessions',
      bars: [
        { name: 'kept', value: known - evicted },
        { name: 'evicted without a word', value: evicted },
        { name: 'refused', value: refused },
      ],
    },
  };
}
