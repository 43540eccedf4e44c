import { afterEach, describe, expect, it, vi } from 'vitest';
import { newRecord, nextWrite } from '../testing/sample-session.js';
import { RealGroup, WAIT } from './real-group.fixture.js';

let group: RealGroup;
afterEach(() => group.stop());

/** Sessions that an instance has stored. */
async function stored(count: number, at: number) {
  const records = Array.from({ length: count }, () => newRecord());
  for (const record of records) expect(await group.at(at).save(record)).toMatchObject({ status: 'saved' });
  return records.map((record) => ({ ...record, version: 1 }));
}

describe('Instances that hold the sessions themselves', () => {
  it('lose nothing when one after the other is restarted, and the ended stay ended', async () => {
    group = await RealGroup.started(3);
    const sessions = await stored(300, 0);
    const [dead] = sessions.splice(0, 1);
    expect(await group.at(1).destroy(dead!.id)).toBe('destroyed');
    for (const instance of [0, 1, 2]) {
      await group.end(instance);
      await group.start(instance);
      await group.serve();
    }
    for (const instance of [0, 1, 2]) {
      expect(group.at(instance).size).toBe(300);
      for (const session of sessions) expect(await group.at(instance).load(session.id, 1)).toEqual(session);
      expect(await group.at(instance).load(dead!.id)).toBeNull();
      expect((await group.at(instance).save(nextWrite({ token: dead!.id, record: dead! }))).status).toBe('gone');
    }
  }, 60_000);

  it('go on without one of three, and have it in step again when it returns', async () => {
    group = await RealGroup.started(3);
    const [before] = await stored(1, 0);
    await group.end(2);
    const [during] = await stored(1, 1);
    const changed = nextWrite({ token: before!.id, record: before! }, { principal: 'ann' });
    expect(await group.at(0).save(changed)).toMatchObject({ status: 'saved', version: 2 });
    const returned = await group.start(2);
    await group.serve();
    expect(returned.size).toBe(2);
    await group.end(0);
    expect(await returned.load(during!.id)).toEqual(during);
    expect(await returned.load(before!.id, 2)).toEqual({ ...changed, version: 2 });
  }, 60_000);

  it('serve nothing while they join, and say why', async () => {
    group = await RealGroup.of(3);
    const first = await group.start(0);
    expect(first.isServing).toBe(false);
    await expect(first.load(newRecord().id)).rejects.toThrow(
      'joining: of 2 other peers 0 answer and 0 hold the sessions; a first start needs all of them, empty',
    );
    await expect(first.save(newRecord())).rejects.toMatchObject({ statusCode: 503, outcome: 'not-executed' });
    await Promise.all([group.start(1), group.start(2)]);
    await group.serve();
    expect(await first.load(newRecord().id)).toBeNull();
  }, 60_000);

  it('wait and say so when more have lost their memory than may, rather than begin with nothing in silence', async () => {
    group = await RealGroup.started(3);
    const [session] = await stored(1, 0);
    await group.end(0, 1);
    await Promise.all([group.start(0), group.start(1)]);
    await vi.waitFor(
      () => expect(group.at(0).load(session!.id)).rejects.toThrow(/too many have lost their memory at once/),
      WAIT,
    );
    expect(group.at(0).isServing).toBe(false);
    expect(group.at(1).isServing).toBe(false);
    // The last one alone is no majority.
    await expect(group.at(2).save(newRecord())).rejects.toMatchObject({ outcome: 'not-executed' });
    // To begin anew is the operator's decision.
    await group.end(2);
    await group.start(2);
    await group.serve();
    expect(await group.at(0).load(session!.id)).toBeNull();
  }, 60_000);

  it('answer nothing from a minority once its copies are too old, at once where the others are known to be gone', async () => {
    group = await RealGroup.started(3, { trustMs: 300 });
    const [session] = await stored(1, 0);
    await group.end(1, 2);
    await vi.waitFor(
      () => expect(group.at(0).load(session!.id)).rejects.toThrow('a majority of the peers does not answer'),
      WAIT,
    );
    const began = performance.now();
    await expect(group.at(0).save(newRecord())).rejects.toMatchObject({ outcome: 'not-executed' });
    expect(performance.now() - began).toBeLessThan(500);
  }, 60_000);

  it('tell when another stops to take part, and when it does again', async () => {
    group = await RealGroup.started(3);
    const place = group.peers[2];
    await group.end(2);
    await vi.waitFor(
      () => expect(group.told[0]).toMatchObject([{ event: 'placeUnavailable', detail: { place } }]),
      WAIT,
    );
    await group.start(2);
    await vi.waitFor(() => expect(group.told[0]?.at(-1)).toEqual({ event: 'placeAvailable', detail: { place } }), WAIT);
  }, 60_000);

  it('work as two, and as one, with what that means said at the start', async () => {
    group = await RealGroup.started(2);
    const [session] = await stored(1, 0);
    await group.end(0);
    await group.start(0);
    await group.serve();
    expect(await group.at(0).load(session!.id)).toEqual(session);
    await group.stop();
    group = await RealGroup.started(1);
    const [alone] = await stored(1, 0);
    expect(await group.at(0).load(alone!.id)).toEqual(alone);
  }, 60_000);

  it('start only once, end only once, and refuse to work afterwards', async () => {
    group = await RealGroup.started(3);
    const [first] = group.all;
    await first!.onModuleInit();
    await group.stop();
    await group.stop();
    await expect(first!.load(newRecord().id)).rejects.toThrow('stopped');
  }, 60_000);

  it('do not start on a port that somebody has', async () => {
    group = await RealGroup.started(3);
    await expect(group.start(0)).rejects.toThrow(/cannot listen on port \d+ \(EADDRINUSE\)/);
  }, 60_000);
});
