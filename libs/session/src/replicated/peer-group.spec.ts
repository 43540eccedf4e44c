import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.js';
import { Incarnations } from './incarnations.js';
import type { Parcel, Reply, Transport } from './messages.js';
import { type Answer, PeerGroup } from './peer-group.js';

const CLOCK: Clock = { now: () => 0, elapsed: () => 0, random: () => 0, after: () => () => undefined };
const ACCEPTED: Reply = { is: 'accepted' };

/** A transport whose answers come when the test says so. */
function answering() {
  const answers = new Map<number, (parcel: Parcel<Reply>) => void>();
  const transport: Transport = { send: (peer) => new Promise((resolve) => answers.set(peer, resolve)) };
  return { transport, answer: (peer: number, vector: number[]) => answers.get(peer)?.({ vector, body: ACCEPTED }) };
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
});
