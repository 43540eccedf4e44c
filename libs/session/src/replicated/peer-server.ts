import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { PeerAddress } from './address.js';
import { encodeFrame, FrameReader } from './frame.js';
import type { Greeting, Welcome } from './greeting.js';
import { isRequestParcel, type Parcel, type Reply, type Request } from './messages.js';
import type { SharedKey } from './shared-key.js';

/** How long a stranger is listened to: the handshake, then the greeting. */
const HANDSHAKE_MS = 2_000;
const GREETING_MS = 2_000;
/** Connections that have shown nothing yet; more are closed as they come. */
const MOST_STRANGERS = 64;
/** A peer asks every second. */
const SILENCE_MS = 10_000;
/** Beyond that the other end does not read any more. */
const MOST_UNSENT_BYTES = 33_554_432;

/** Answers the questions of one who greeted as this peer. */
export type Receive = (from: number, parcel: Parcel<Request>) => Parcel<Reply>;

/** Who is behind the port. */
export interface PeerHost {
  /** Why a greeting is not acceptable, null when it is. */
  refusalOf(greeting: unknown): string | null;
  /** Called when somebody's greeting was accepted. */
  greeted(from: number): void;
  readonly receive: Receive;
}

/**
 * The port on which other peers ask. Who does not know the secret gets no further than the handshake; who sends what is no message
 * is cut off at it.
 */
export class PeerServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Addresses of connections that have not greeted yet. */
  readonly #strangers = new Set<string>();

  /** @param peers how many there are */
  constructor(
    key: SharedKey,
    private readonly host: PeerHost,
    private readonly peers: number,
  ) {
    this.#server = createServer({ ...key.server, handshakeTimeout: HANDSHAKE_MS });
    this.#server.on('connection', (socket: Socket) => this.#admit(socket));
    this.#server.on('secureConnection', (socket) => this.#greet(socket));
    // A failed handshake is the stranger's affair; one that takes too long is only reported by Node, not ended.
    this.#server.on('tlsClientError', (_, socket) => socket.destroy());
  }

  /** Resolves with the port when it listens. Rejects when it cannot. */
  async listen({ host, port }: PeerAddress): Promise<number> {
    this.#server.listen({ host, port });
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Closes the port and all connections. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #admit(socket: Socket): void {
    if (this.#strangers.size >= MOST_STRANGERS) {
      socket.destroy();
      return;
    }
    const address = addressOf(socket);
    this.#strangers.add(address);
    this.#sockets.add(socket);
    socket.unref();
    socket.setNoDelay(true);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#strangers.delete(address);
    });
  }

  #greet(socket: TLSSocket): void {
    const reader = new FrameReader();
    let from: number | undefined;
    const impatience = setTimeout(() => socket.destroy(), GREETING_MS).unref();
    socket.on('error', () => undefined);
    socket.once('close', () => clearTimeout(impatience));
    socket.on('data', (piece) => {
      try {
        for (const message of reader.read(piece)) {
          if (from !== undefined) {
            this.#answer(socket, from, message);
            continue;
          }
          from = this.#enter(socket, message);
          if (from === undefined) return;
          clearTimeout(impatience);
        }
      } catch {
        socket.destroy();
      }
    });
  }

  /** Who greets; undefined when there is nothing to talk about, which is said. */
  #enter(socket: TLSSocket, greeting: unknown): number | undefined {
    const refusal = this.host.refusalOf(greeting);
    const welcome: Welcome = { refusal };
    socket.write(encodeFrame(welcome));
    if (refusal !== null) {
      socket.end().removeAllListeners('data').resume();
      return undefined;
    }
    this.#strangers.delete(addressOf(socket));
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    const { from } = greeting as Greeting;
    this.host.greeted(from);
    return from;
  }

  #answer(socket: TLSSocket, from: number, message: unknown): void {
    if (typeof message !== 'object' || message === null || !('id' in message) || !('parcel' in message)) {
      throw new Error('a question is none');
    }
    const { id, parcel } = message;
    if (!Number.isSafeInteger(id) || !isRequestParcel(parcel, this.peers)) throw new Error('a question is none');
    socket.write(encodeFrame({ id, parcel: this.host.receive(from, parcel) }));
    if (socket.writableLength > MOST_UNSENT_BYTES) socket.destroy();
  }
}

function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}
