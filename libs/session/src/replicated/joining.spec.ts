import { describe, expect, it } from 'vitest';
import { SimulatedCluster } from './simulated-cluster.fixture.js';
import { SimulatedWorld } from './simulated-world.fixture.js';

describe('A peer that hears of a later life of its own while it takes part', () => {
  it('forgets what it holds, joins again in a life that is later still, and has everything again', async () => {
    const world = new SimulatedWorld(3);
    const cluster = new SimulatedCluster(world, 3);
    cluster.calm();
    for (const peer of [0, 1, 2]) cluster.start(peer);
    await world.pass(3_000);
    const { parts, member } = cluster.lives[0]!;
    const key = 'a'.repeat(64);
    const kept = `E99999999999999${' '.repeat(36)}`;
    void member.change(key, () => ({ answer: null, write: kept }));
    await world.pass(100);
    const later = parts.incarnations.own + 500;
    cluster.lives[1]!.parts.incarnations.learn([later, 0, 0]);
    await world.pass(900);
    await world.pass(900);
    await world.pass(3_000);
    expect(parts.incarnations.own).toBeGreaterThan(later);
    expect(member.isServing).toBe(true);
    expect(parts.acceptor.read(key)).toMatchObject({ value: kept });
  });
});
