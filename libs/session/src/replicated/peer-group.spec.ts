import { describe, expect, it } from 'vitest';
import type { Clock } from '../caspaxos/clock.js';
import { Incarnations } from './incarnations.js';
import type { Parcel, Reply, Transport } from './messages.js';
import { type Answer, PeerGroup } from './peer-group.js';

const CLOCK: Clock = { now: () => 0, elapsed: () => 0, random: () => 0, after: () => () => undefined };
const ACCEPTED: Reply = { is: 'accepted' };

/** A transport whose answers come when the test says so. */
function answering() {
  const answers = new Map<number, (parcel: Parcel<Reply>) => void>();
  const transport: Transport = { send: (peer) => new Promise((resolve) => answers.set(peer, resolve)) };
  return {
    transport,
    answer: (peer: number, vector: number[], body = ACCEPTED) => answers.get(peer)?.({ vector, body }),
  };
}

describe('A majority', () => {
  it('is never made of an answer before a crash and one after the recovery', async () => {
    const { transport, answer } = answering();
    const group = new PeerGroup(new Incarnations(5, 0, 10), transport, () => ACCEPTED, CLOCK);
    const seen: number[][] = [];
    const decision = group.decide({ is: 'read', key: '' }, 1, (answers: readonly Answer[]) => {
      seen.push(answers.map(({ peer }) => peer));
      return answers.length >= 3 ? true : undefined;
    });
    answer(1, [10, 11, 0, 0, 0]);
    await Promise.resolve();
    // Peer 1 has died and returned since, and has learned from peer 2 before peer 2 accepted.
    answer(2, [10, 99, 12, 0, 0]);
    answer(3, [10, 99, 12, 13, 0]);
    expect(await decision).toBe(true);
    expect(seen).toEqual([[0], [0, 1], [0, 2], [0, 2, 3]]);
  });

  it('is waited for when one that answered quickly takes no part, and no longer than a moment when one refuses', async () => {
    for (const [body, hasWaited] of [
      [{ is: 'cannot', why: 'joining' }, false],
      [{ is: 'refused', ballot: '' }, true],
    ] as [Reply, boolean][]) {
      const { transport, answer } = answering();
      let waits = 0;
      const clock = { ...CLOCK, after: () => (waits++, () => undefined) };
      const group = new PeerGroup(new Incarnations(3, 0, 10), transport, () => ACCEPTED, clock);
      const decision = group.decide({ is: 'read', key: '' }, 1, (answers: readonly Answer[]) => {
        return answers.filter(({ reply }) => reply.is === 'accepted').length >= 2 ? true : undefined;
      });
      answer(1, [10, 11, 0], body);
      await Promise.resolve();
      await Promise.resolve();
      answer(2, [10, 11, 12]);
      expect(await decision).toBe(true);
      expect(waits > 0).toBe(hasWaited);
    }
  });
});
