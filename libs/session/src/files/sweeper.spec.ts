import { describe, expect, it, vi } from 'vitest';
import { Sweeper } from './sweeper.js';

/** A sweep that counts how often it ran. */
function counted(work: () => Promise<number> = async () => 0) {
  let runs = 0;
  const sweeper = new Sweeper(() => {
    runs++;
    return work();
  }, 5);
  return { sweeper, runs: () => runs };
}

describe('a sweeper', () => {
  it('sweeps again and again, also when a sweep fails', async () => {
    const { sweeper, runs } = counted(() => Promise.reject(new Error('the disk is away')));
    sweeper.start();
    await vi.waitFor(() => expect(runs()).toBeGreaterThan(3));
    await expect(sweeper.sweep()).rejects.toThrow('the disk is away');
    await sweeper.stop();
  });

  it('sweeps no more once it is stopped', async () => {
    const [stopped, other] = [counted(), counted()];
    stopped.sweeper.start();
    other.sweeper.start();
    await vi.waitFor(() => expect(stopped.runs()).toBeGreaterThan(1));
    await stopped.sweeper.stop();
    stopped.sweeper.start();
    const runs = stopped.runs();
    const othersRuns = other.runs();
    await vi.waitFor(() => expect(other.runs()).toBeGreaterThan(othersRuns + 10));
    expect(stopped.runs()).toBe(runs);
    await other.sweeper.stop();
  });

  it('tells a sweep under way to end, and waits for it', async () => {
    let [started, ended] = [false, false];
    const sweeper = new Sweeper(async (signal) => {
      started = true;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended = true;
      return 0;
    }, 1);
    sweeper.start();
    await vi.waitFor(() => expect(started).toBe(true));
    await sweeper.stop();
    expect(ended).toBe(true);
  });
});
