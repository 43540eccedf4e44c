import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { casesOf } from '../compliance-case.js';
import { assertAnswer, type ComplianceContext, tokensOf } from '../compliance-context.js';
import { type HeldSession, inAnHour, listIn, newRecord, nextWrite, payloadOf } from '../sample-session.js';

const WRITERS = 20;
const RACES = 200;
const RACES_AT_ONCE = 20;

/** Every writer has `work` to do at the same time, at either server in turn. */
function inParallel<T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => work(n)));
}

/** The server where the n-th of several parallel writers works. */
function serverOf({ a, b }: ComplianceContext, n: number) {
  return n % 2 === 0 ? a : b;
}

/** Runs two hundred races, some of them at the same time, and answers with the tokens that have to be dead after them. */
async function race(run: (n: number) => Promise<string[]>): Promise<string[]> {
  const dead: string[] = [];
  for (let first = 0; first < RACES; first += RACES_AT_ONCE) {
    const tokens = await inParallel(RACES_AT_ONCE, (n) => run(first + n));
    dead.push(...tokens.flat());
  }
  return dead;
}

async function turns(count: number): Promise<void> {
  for (let passed = 0; passed < count; passed++) await turn();
}

/** Adds a key to the data, as the engine does: on conflict load what is newer, apply the change again, save again. */
async function addKey(context: ComplianceContext, created: HeldSession, n: number): Promise<HeldSession> {
  const server = serverOf(context, n);
  let record = await context.load(server, created);
  for (let attempt = 1; attempt <= 5 * WRITERS; attempt++) {
    const write = nextWrite({ ...created, record }, { payload: payloadOf([...listIn(record), n]) });
    const result = await server.save(write);
    if (result.status === 'saved') return context.accepted(write, result);
    assert.equal(result.status, 'conflict');
    record = await context.load(server, { ...created, record: { ...record, version: record.version + 1 } });
  }
  return assert.fail('a writer met more conflicts than there were other writers');
}

/** What the promises are worth when everything happens at once. */
export const parallelCases = casesOf('parallel', {
  'of parallel creations of one id exactly one is accepted, unless the token is the record': async (context) => {
    const { id } = newRecord();
    const results = await inParallel(WRITERS, async (n) => {
      const record = newRecord({ id, payload: payloadOf(n) });
      return { record, result: await serverOf(context, n).save(record) };
    });
    const winners = results.filter(({ result }) => result.status === 'saved');
    assert.equal(winners.length, context.isStored ? 1 : WRITERS);
    for (const { record, result } of winners) await context.assertStored(context.accepted(record, result));
    for (const { result } of results) assertAnswer(result.status, ['saved', 'conflict']);
  },

  'parallel creations of different ids are all accepted': async (context) => {
    const sessions = await inParallel(WRITERS, async (n) => {
      const record = newRecord({ payload: payloadOf(n) });
      return context.accepted(record, await serverOf(context, n).save(record));
    });
    for (const session of sessions) await context.assertStored(session);
  },

  'a creation and an update that are sent several times at once count once each': async (context) => {
    const record = newRecord();
    const [created] = await inParallel(5, async (n) =>
      context.accepted(record, await serverOf(context, n).save(record)),
    );
    assert.ok(created);
    const write = nextWrite(created, { payload: payloadOf('updated') });
    const [updated] = await inParallel(5, async (n) => context.accepted(write, await serverOf(context, n).save(write)));
    assert.ok(updated);
    await context.assertStored(updated);
  },

  'of twenty parallel writers none is lost, or one wins as a whole': async (context) => {
    const created = await context.create({ payload: payloadOf([]) });
    const sessions = await inParallel(WRITERS, (n) => addKey(context, created, n));
    const everyKey = new Set(Array.from({ length: WRITERS }, (_, n) => n));
    if (context.comparesVersions) {
      const last = sessions.reduce((one, other) => (other.record.version > one.record.version ? other : one));
      assert.equal(last.record.version, 1 + WRITERS);
      assert.deepEqual(new Set(listIn(last.record)), everyKey);
      await context.assertStored(last);
    } else {
      const payloads = new Set(sessions.map((session) => session.record.payload));
      for (const session of sessions) assert.ok(payloads.has((await context.load(context.b, session)).payload));
    }
  },

  'a save and a touch at the same time are both accepted': async (context) => {
    await inParallel(WRITERS, async (n) => {
      const held = await context.create();
      const write = nextWrite(held, { payload: payloadOf(n) });
      const [saveResult, touchResult] = await Promise.all([
        turns(n % 3).then(() => context.a.save(write)),
        turns(n % 2).then(() => context.b.touch(held.record, held.record.expiresAt + 60_000)),
      ]);
      const updated = context.accepted(write, saveResult);
      assert.equal(touchResult.status, 'saved');
      const { payload, version, writeId } = await context.load(context.b, updated);
      assert.deepEqual({ payload, version, writeId }, { payload: write.payload, version: 2, writeId: write.writeId });
    });
  },

  'a destroy that races saves and touches wins, two hundred times': async (context) => {
    const dead = await race(async (n) => {
      const held = await context.create();
      const [answer, ...results] = await Promise.all([
        turns(n % 4).then(() => context.b.destroy(held.token)),
        turns(n % 3).then(() => context.a.save(nextWrite(held, { payload: payloadOf(n) }))),
        turns(n % 5).then(() => context.a.touch(held.record, inAnHour())),
        turns(n % 2).then(() => context.b.touch(held.record, inAnHour())),
      ]);
      assert.equal(answer, 'destroyed');
      for (const { status } of results) assertAnswer(status, ['saved', 'gone']);
      return [held.token, ...tokensOf(results)];
    });
    await context.assertRevoked(...dead);
  },

  'of a save and a destroy of one version exactly one is accepted, two hundred times': async (context) => {
    const dead = await race(async (n) => {
      const held = await context.create();
      const write = nextWrite(held, { payload: payloadOf(n) });
      const [answer, result] = await Promise.all([
        turns(n % 3).then(() => context.b.destroy(held.token, held.record.version)),
        turns(n % 2).then(() => context.a.save(write)),
      ]);
      if (answer !== 'destroyed') {
        await context.load(context.b, context.accepted(write, result));
        return [];
      }
      if (context.comparesVersions) assert.equal(result.status, 'gone');
      return [held.token, ...tokensOf([result])];
    });
    await context.assertRevoked(...dead);
  },
});
