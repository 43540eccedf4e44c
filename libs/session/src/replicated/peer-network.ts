import { SessionConfigError } from '../contracts/errors.js';
import { type PeerAddress } from './address.js';
import type { Clock } from '../caspaxos/clock.js';
import { greetingOf, refusalOf } from './greeting.js';
import type { Parcel, Reply, Request, Transport } from './messages.js';
import { PeerLink } from './peer-link.js';
import { type PeerHost, PeerServer, type Receive } from './peer-server.js';
import type { SharedKey } from './shared-key.js';

/** Who and where the peers are, for the network. */
export interface NetworkSettings {
  /** Of all peers, in the order that all of them share. */
  readonly addresses: readonly PeerAddress[];
  readonly self: number;
  readonly listen: PeerAddress;
  /** Names the group; see `groupName`. */
  readonly group: string;
  readonly key: SharedKey;
}

/** The ways to all other peers, and the port for theirs to this one. */
export class PeerNetwork implements Transport {
  readonly #links: readonly (PeerLink | undefined)[];
  #server: PeerServer | undefined;

  constructor(
    private readonly settings: NetworkSettings,
    private readonly clock: Clock,
  ) {
    const { addresses, self, key, group } = settings;
    this.#links = addresses.map((address, peer) => {
      const greeting = () => greetingOf(group, self, peer, clock.now());
      return peer === self ? undefined : new PeerLink(address, key, greeting, addresses.length, clock);
    });
  }

  send(peer: number, parcel: Parcel<Request>, timeoutMs: number): Promise<Parcel<Reply>> {
    return this.#links[peer]?.send(parcel, timeoutMs) ?? Promise.reject(new Error('there is no such peer'));
  }

  /** Listens, and begins to connect to the others. Throws `SessionConfigError` when it cannot listen. */
  async open(receive: Receive): Promise<void> {
    const { key, group, self, addresses, listen } = this.settings;
    const expected = { group, self, count: addresses.length };
    const host: PeerHost = {
      refusalOf: (greeting) => refusalOf(greeting, { ...expected, now: this.clock.now() }),
      greeted: (from) => this.#links[from]?.hurry(),
      receive,
    };
    this.#server = new PeerServer(key, host, addresses.length);
    try {
      await this.#server.listen(listen);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      throw new SessionConfigError([`replicatedSessions: cannot listen on port ${listen.port} (${code})`]);
    }
    for (const link of this.#links) link?.open();
  }

  async close(): Promise<void> {
    for (const link of this.#links) link?.close();
    await this.#server?.close();
  }
}
