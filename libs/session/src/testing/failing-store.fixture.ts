import { inspect, isDeepStrictEqual } from 'node:util';
import { expect, vi } from 'vitest';
import type { SessionRecord } from '../contracts/record.js';
import type { SessionRepository } from '../contracts/repository.js';
import { nextWrite, payloadOf } from './sample-session.js';

/** Data that no error may show. */
export const SECRET = 'a secret of the session';

/** The next write of a session, with data that no error may show. */
export function update(record: SessionRecord): SessionRecord {
  return nextWrite({ token: record.id, record }, { payload: payloadOf([SECRET, 'changed']) });
}

/** The error of work that has to fail. */
export async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (answer) => expect.unreachable(`answered ${inspect(answer)}`),
    (error: unknown) => error,
  );
}

/** Until the session can be loaded again; milliseconds. */
export async function recovery(sessions: SessionRepository, record: SessionRecord): Promise<number> {
  const start = performance.now();
  await vi.waitFor(() => sessions.load(record.id), { timeout: 10_000, interval: 5 });
  return performance.now() - start;
}

/**
 * What a hundred looks at a session, while answers to other questions arrive late, and one when all is well again were answered with that was not
 * this session. No answer at all is none of it, but for the last.
 */
export async function strangeAnswers(sessions: SessionRepository, record: SessionRecord): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (let look = 0; look < 100; look++) answers.push(await sessions.load(record.id).catch(() => record));
  await recovery(sessions, record);
  answers.push(await sessions.load(record.id));
  return answers.filter((answer) => !isDeepStrictEqual(answer, record));
}
