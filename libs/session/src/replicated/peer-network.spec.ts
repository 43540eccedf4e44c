import dns from 'node:dns';
import { freePort } from 'throwaway-servers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Clock, SYSTEM_CLOCK } from '../caspaxos/clock.js';
import type { Parcel, Reply, Request } from './messages.js';
import { PeerNetwork } from './peer-network.js';
import { SECRET, WAIT } from './real-group.fixture.js';
import { groupName, sharedKey } from './shared-key.js';

const [ADDRESS, NAME] = ['127.0.0.1', 'localhost'];
const ANSWER_MS = 1_000;
const QUESTION: Parcel<Request> = { vector: [1, 1], body: { is: 'status', state: 'blank', founders: null } };
const ANSWER: Parcel<Reply> = { vector: [1, 1], body: { is: 'status', state: 'serving', founders: null } };

/** What waits for its time. It comes when a test says so, and not before: nothing is tried again, and nothing given up, by itself. */
let waits: Set<() => void>;
const CLOCK: Clock = {
  ...SYSTEM_CLOCK,
  after: (_, callback) => {
    waits.add(callback);
    return () => waits.delete(callback);
  },
};

let networks: PeerNetwork[];
beforeEach(async () => {
  waits = new Set();
  const addresses = [
    { host: NAME, port: await freePort() },
    { host: NAME, port: await freePort() },
  ];
  const names = addresses.map(({ host, port }) => `${host}:${port}`);
  const settings = { addresses, group: groupName(names), key: sharedKey(SECRET) };
  networks = addresses.map(
    ({ port }, self) => new PeerNetwork({ ...settings, self, listen: { host: ADDRESS, port } }, CLOCK),
  );
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(networks.map((network) => network.close()));
});

const [waiting, returning] = [() => networks[0] as PeerNetwork, () => networks[1] as PeerNetwork];
const ask = (): Promise<Parcel<Reply>> => waiting().send(1, QUESTION, ANSWER_MS);

/** Also when everything that waits has had its time. */
async function isAnsweredForGood(): Promise<void> {
  await vi.waitFor(async () => expect(await ask()).toEqual(ANSWER), WAIT);
  for (const callback of waits) callback();
  expect(await ask()).toEqual(ANSWER);
}

/** The name server loses one question. */
function neverAnswerOnce(name: string): void {
  const { lookup } = dns;
  let isLost = false;
  const lossy = (asked: string, ...rest: unknown[]): unknown => {
    if (asked !== name || isLost) return Reflect.apply(lookup, dns, [asked, ...rest]);
    isLost = true;
    return undefined;
  };
  vi.spyOn(dns, 'lookup').mockImplementation(lossy);
}

describe('An instance that returns', () => {
  it('is connected to by the others as soon as it greets, before they would try again', async () => {
    await waiting().open(() => ANSWER);
    await vi.waitFor(() => expect(ask()).rejects.toThrow('ECONNREFUSED'), WAIT);
    await returning().open(() => ANSWER);
    await isAnsweredForGood();
  });

  it('is connected to also while an attempt to connect leads nowhere', async () => {
    neverAnswerOnce(NAME);
    await waiting().open(() => ANSWER);
    await expect(ask()).rejects.toThrow('not connected yet');
    await returning().open(() => ANSWER);
    await isAnsweredForGood();
  });
});
