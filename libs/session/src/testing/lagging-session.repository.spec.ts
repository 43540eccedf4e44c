import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { SessionConfigError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import type { SaveResult, SessionRepository } from '../contracts/repository.js';
import { MemorySessionRepository, memorySessions } from '../memory/index.js';
import {
  LaggingSessionRepository,
  type LaggingSessionsOptions,
  laggingSessions,
  sessionRepositoryCompliance,
} from './index.js';
import { newRecord, payloadOf } from './sample-session.js';
import { clockPasses } from './waiting.js';

function twoServers(options?: LaggingSessionsOptions) {
  const authority = memorySessions();
  return { a: laggingSessions(authority, options), b: laggingSessions(authority, options) };
}

/** Reads at once, and answers when it is told. */
class SlowReads extends MemorySessionRepository {
  private answers = new AbortController();

  override async load(token: string): Promise<SessionRecord | null> {
    const record = await super.load(token);
    if (!this.answers.signal.aborted) await once(this.answers.signal, 'abort');
    return record;
  }

  answer(): void {
    this.answers.abort();
  }
}

/** A session at version 2, of which server `b` has a copy at version 1. */
async function behindByOne(options?: LaggingSessionsOptions) {
  const { a, b } = twoServers(options);
  const first = newRecord({ payload: payloadOf('first') });
  await a.save(first);
  await b.load(first.id);
  const copiedAt = Date.now();
  await a.save({ ...first, version: 1, writeId: newRecord().writeId, payload: payloadOf('second') });
  return { a, b, first, copiedAt };
}

/** A database replica: it has every session from its creation on, and lags behind from then. */
class Replica extends LaggingSessionRepository {
  constructor(
    authority: SessionRepository,
    private readonly all: Replica[],
  ) {
    super(authority);
    all.push(this);
  }

  override async save(record: SessionRecord): Promise<SaveResult> {
    const result = await super.save(record);
    if (record.version === 0) for (const replica of this.all) await replica.load(record.id);
    return result;
  }
}

sessionRepositoryCompliance({ describe, it: it.concurrent }, 'A repository that reads from replicas', () => {
  const [authority, replicas] = [memorySessions(), new Array<Replica>()];
  return { a: new Replica(authority, replicas), b: new Replica(authority, replicas) };
});
sessionRepositoryCompliance({ describe, it: it.concurrent }, 'A repository that lags until it is told', () =>
  twoServers(),
);
sessionRepositoryCompliance({ describe, it: it.concurrent }, 'A repository that lags by 20 ms', () =>
  twoServers({ lagMs: 20 }),
);

describe('The lagging repository', () => {
  it('answers from its copy although the authority has a newer version', async () => {
    const { b, first } = await behindByOne();
    expect(await b.load(first.id)).toEqual({ ...first, version: 1 });
    expect(await b.load(first.id, 1)).toEqual({ ...first, version: 1 });
  });

  it('asks the authority for a version that its copy has not reached, and remembers the answer', async () => {
    const { b, first } = await behindByOne();
    expect(await b.load(first.id, 2)).toMatchObject({ version: 2, payload: payloadOf('second') });
    expect(await b.load(first.id)).toMatchObject({ version: 2 });
  });

  it('does not see its own writes without a floor', async () => {
    const { a, first } = await behindByOne();
    await a.load(first.id);
    await a.save({ ...first, version: 2, writeId: newRecord().writeId });
    expect(await a.load(first.id)).toMatchObject({ version: 2 });
    expect(await a.load(first.id, 3)).toMatchObject({ version: 3 });
  });

  it('sees everything after catching up', async () => {
    const { b, first } = await behindByOne();
    b.catchUp();
    expect(await b.load(first.id)).toMatchObject({ version: 2 });
  });

  it('does not take an answer from before catching up for a copy', async () => {
    const authority = new SlowReads();
    const server = laggingSessions(authority);
    const first = newRecord();
    await server.save(first);
    const slowRead = server.load(first.id);
    server.catchUp();
    await server.save({ ...first, version: 1, writeId: newRecord().writeId });
    authority.answer();
    expect(await slowRead).toMatchObject({ version: 1 });
    expect(await server.load(first.id)).toMatchObject({ version: 2 });
  });

  it('catches up by itself when its lag is over', async () => {
    const { b, first, copiedAt } = await behindByOne({ lagMs: 20 });
    await clockPasses(copiedAt + 20);
    expect(await b.load(first.id)).toMatchObject({ version: 2 });
  });

  it('serves a session that was destroyed elsewhere until it catches up', async () => {
    const { a, b, first } = await behindByOne();
    await a.load(first.id);
    await a.destroy(first.id);
    expect(await a.load(first.id)).toBeNull();
    expect(await b.load(first.id)).toMatchObject({ version: 1 });
    b.catchUp();
    expect(await b.load(first.id)).toBeNull();
  });

  it('does not serve a copy again after the authority had no such session', async () => {
    const { a, b, first } = await behindByOne();
    await a.destroy(first.id);
    expect(await b.load(first.id, 2)).toBeNull();
    expect(await b.load(first.id)).toBeNull();
  });

  it('starts and stops its authority', async () => {
    const events: string[] = [];
    const authority = Object.assign(memorySessions(), {
      onModuleInit: async () => events.push('starts'),
      onApplicationShutdown: async () => events.push('stops'),
    });
    const server = laggingSessions(authority);
    await server.onModuleInit();
    expect(events).toEqual(['starts']);
    await server.onApplicationShutdown();
    expect(events).toEqual(['starts', 'stops']);
  });

  it('refuses an authority whose reads may be stale, and a lag that is no duration', () => {
    const stale = laggingSessions(memorySessions());
    expect(() => laggingSessions(stale, { lagMs: -1 })).toThrow(SessionConfigError);
    expect(() => laggingSessions(stale, { lagMs: -1 })).toThrow(/authority[^]*lagMs is -1/);
    expect(() => laggingSessions(memorySessions(), { lagMs: NaN })).toThrow(/lagMs is NaN/);
  });
});
