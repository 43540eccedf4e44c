import type { RedisDurabilityOptions } from 'nestjs-shared-session/redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.js';
import { SentinelGroup } from '../support/sentinel-group.js';
import { Traffic } from '../support/traffic.js';
import { until } from '../support/until.js';

const DOWN_AFTER_MS = 1_000;
/** The promise: so long until the Sentinels know, and at most this for the rest. */
const OUTAGE_MS = DOWN_AFTER_MS + 4_000;
/** No answer takes longer than a request's session work may. */
const DEADLINE_MS = 1_200;

describe('Three instances over a master with two replicas and three Sentinels', () => {
  let group: SentinelGroup;
  let instances: Cluster | undefined;
  let traffic: Traffic | undefined;

  beforeAll(async () => {
    group = await SentinelGroup.start(DOWN_AFTER_MS);
  });
  afterAll(() => group.stop());
  beforeEach(() => group.untilReady(), 120_000);
  afterEach(async () => {
    await traffic?.stop();
    await instances?.stop();
  });

  /** Lets something happen to the master under load, waits until another one serves, and answers what the users met. */
  async function promotion(durability: RedisDurabilityOptions['durability'], act: () => unknown) {
    const address = JSON.stringify({ ...group.address, durability });
    instances = await Cluster.start({ platform: 'fastify', store: 'redis', address });
    const users = (traffic = new Traffic(instances.urls));
    await users.until(200, 150);
    const before = await group.master();
    const start = performance.now();
    await act();
    await expect.poll(() => group.master().catch(() => before), { timeout: 20_000, interval: 50 }).not.toBe(before);
    await users.until(200, 150);
    await until('enough of them came and went', () => Math.min(users.logins, users.logouts) > 10);
    await users.untilCalm();
    await users.stop();
    const [outage, ofVisits] = [users.outageSince(start), users.outageSince(start, /session|data/)];
    const met = { outage, ofVisits, logins: users.logins, logouts: users.logouts, lost: await users.lost() };
    console.info(expect.getState().currentTestName, met);
    expect(users.strange).toEqual([]);
    expect(users.contradictions).toEqual([]);
    expect(outage.slowestMs).toBeLessThan(DEADLINE_MS);
    expect(met.lost).toEqual({ logins: 0, logouts: 0 });
    return met;
  }

  it('outlive a master that is killed: fast 503s, then everything that was answered is there', async () => {
    const master = await group.master();
    const { outage } = await promotion('replicated', () => master.kill());
    expect(outage.ms).toBeLessThan(OUTAGE_MS);
    await group.bringBack(master);
  });

  it('follow the master that an operator moves, although the old one would go on for another ten seconds', async () => {
    const master = await group.master();
    // One replica is promoted while the old master still has the other one: only both together are proof, and logins wait for the second.
    const { ofVisits } = await promotion({ replicas: 2 }, async () => {
      await group.failover();
      await expect.poll(() => group.clientsOf(master), { timeout: OUTAGE_MS, interval: 50 }).toBe(0);
    });
    expect(ofVisits.ms).toBeLessThan(OUTAGE_MS);
  });

  it('outlive a master that stands still, and one that goes on afterwards as if it were one', async () => {
    const master = await group.master();
    const { outage } = await promotion('replicated', () => master.freeze());
    expect(outage.ms).toBeLessThan(OUTAGE_MS);
    master.thaw();
  });
});
