import { setTimeout as delay } from 'node:timers/promises';
import type { Experiment, RunChoice } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Outcome } from '../outcome.js';
import { wantsServer } from '../trial/requirements.js';
import { figureOf, figureOfRounds, median, percent } from '../trial/statistics.js';
import { Visitor, type Reply } from '../trial/visitor.js';
import { withWholeCluster } from '../trial/whole-cluster.js';

const REQUESTS = { quick: 6, thorough: 15 } as const;
const SLOW_MS = 200;

/** So many requests wait for a store that hangs, at the same time. */
const AT_FROZEN = 6;
const RECOVERY_WITHIN_MS = 10_000;
const ASK_EVERY_MS = 20;

/** How long requests take, in milliseconds. */
interface Pace {
  /** Those that open the session. */
  readonly session: readonly number[];
  /** Those that never ask for it. */
  readonly other: readonly number[];
}

interface Seen {
  readonly before: Pace;
  readonly slow: Pace;
  readonly frozen: Pace;
  /** Of the session requests at the frozen store, in percent. */
  readonly frozenAnswered: number;
  /** From the moment at which the store answered again until the first session was answered. */
  readonly recoveryMs: number;
}

/** Claim M2 once more: what a store that is slow or hangs does to the requests that need it, and to all others. */
export const STORE_SLOW: Experiment = {
  name: 'store-slow',
  title: 'The store is slow, then hangs',
  explanation:
    `Everything that goes to the store takes ${SLOW_MS} ms longer, and then the store is frozen: it keeps its connections and answers nothing. ` +
    'Requests that need a session should wait no longer than a second and then be told so; requests that need none should not notice.',
  claims: ['M2', 'N2'],
  impossible: (lab) => wantsServer(lab) ?? wantsServerThatHangs(lab),
  run: (lab, choice) => withWholeCluster(lab, () => run(lab, choice)),
};

function wantsServerThatHangs({ servers }: Lab): string | undefined {
  const able = servers.filter(({ cannot = [] }) => cannot.length === 0);
  return able.length > 0 ? undefined : `A ${servers[0]?.kind} cannot be slowed down or frozen`;
}

async function run(lab: Lab, { pace, progress, signal }: RunChoice): Promise<Outcome> {
  const visitor = new Visitor(lab.url, signal);
  await visitor.login('patient');
  progress(0.1, 'as long as all is well');
  const before = await measure(visitor, REQUESTS[pace]);
  progress(0.25, `the store takes ${SLOW_MS} ms longer`);
  await Promise.all(lab.servers.map((server) => server.slow(SLOW_MS)));
  const slow = await measure(visitor, REQUESTS[pace]);
  await Promise.all(lab.servers.map((server) => server.slow(0)));
  progress(0.6, 'the store hangs');
  await Promise.all(lab.servers.map((server) => server.freeze()));
  const [frozen, other] = await Promise.all([
    Promise.all(Array.from({ length: AT_FROZEN }, () => visitor.twin().look())),
    Promise.all(Array.from({ length: AT_FROZEN }, () => visitor.twin().ask('GET', '/api/noop'))),
  ]);
  progress(0.85, 'the store answers again');
  await Promise.all(lab.servers.map((server) => server.bringBack()));
  const recoveryMs = await untilKnown(visitor);
  return outcomeOf({
    before,
    slow,
    frozen: { session: frozen.map(({ ms }) => ms), other: other.map(({ ms }) => ms) },
    frozenAnswered: percent(frozen.filter(({ acknowledged }) => acknowledged).length, AT_FROZEN),
    recoveryMs,
  });
}

async function measure(visitor: Visitor, requests: number): Promise<Pace> {
  const session = await timesOf(requests, () => visitor.look());
  return { session, other: await timesOf(requests, () => visitor.ask('GET', '/api/noop')) };
}

async function timesOf(requests: number, ask: () => Promise<Reply>): Promise<number[]> {
  const times: number[] = [];
  while (times.length < requests) times.push((await ask()).ms);
  return times;
}

async function untilKnown(visitor: Visitor): Promise<number> {
  const began = performance.now();
  while (performance.now() - began < RECOVERY_WITHIN_MS) {
    if ((await visitor.twin().look()).session.principal === 'patient') break;
    await delay(ASK_EVERY_MS);
  }
  return performance.now() - began;
}

function outcomeOf({ before, slow, frozen, frozenAnswered, recoveryMs }: Seen): Outcome {
  const longest = Math.max(...frozen.session);
  const ms = { unit: 'ms', good: 'low' } as const;
  return {
    summary:
      `A session request took ${median(before.session).toFixed(0)} ms, ${median(slow.session).toFixed(0)} ms with the store ${SLOW_MS} ms slower, ` +
      `and at most ${longest.toFixed(0)} ms with the store frozen; others took ${median(frozen.other).toFixed(0)} ms meanwhile.`,
    figures: [
      figureOfRounds({ name: 'session request', ...ms }, before.session),
      figureOfRounds({ name: 'session request, store slow', ...ms }, slow.session),
      figureOf({ name: 'longest session request, store frozen', ...ms }, longest),
      figureOf({ name: 'session requests answered, store frozen', unit: '%', good: 'high' }, frozenAnswered),
      figureOfRounds({ name: 'other request', ...ms }, before.other),
      figureOfRounds({ name: 'other request, store slow', ...ms }, slow.other),
      figureOfRounds({ name: 'other request, store frozen', ...ms }, frozen.other),
      figureOf({ name: 'recovery', ...ms }, recoveryMs),
    ],
    picture: {
      kind: 'bars',
      unit: 'ms',
      bars: [
        { name: 'session', value: Math.round(median(before.session)) },
        { name: 'session, store slow', value: Math.round(median(slow.session)) },
        { name: 'session, store frozen', value: Math.round(longest) },
        { name: 'other', value: Math.round(median(before.other)) },
        { name: 'other, store slow', value: Math.round(median(slow.other)) },
        { name: 'other, store frozen', value: Math.round(median(frozen.other)) },
      ],
    },
  };
}
