import { connect, type TLSSocket } from 'node:tls';
import type { PeerAddress } from './address.js';
import { type Clock } from '../caspaxos/clock.js';
import { encodeFrame, FrameError, FrameReader } from './frame.js';
import { type Greeting, isWelcome } from './greeting.js';
import { isReplyParcel, type Parcel, type Reply, type Request } from './messages.js';
import type { SharedKey } from './shared-key.js';

/** Connecting, the handshake and the greeting together. */
const CONNECT_MS = 1_500;
const RECONNECT_MS = 60;
/** A connection on which a question stays open and nothing comes for so long leads nowhere. */
const SILENCE_MS = 2_000;
/** Beyond that the other end does not read any more. */
const MOST_UNSENT_BYTES = 33_554_432;

interface Question {
  resolve(parcel: Parcel<Reply>): void;
  reject(error: Error): void;
  stopWaiting(): void;
}

/** The connection to one other peer, on which this one asks and the other answers. Made again by itself whenever it is lost. */
export class PeerLink {
  readonly #questions = new Map<number, Question>();
  #socket: TLSSocket | undefined;
  #isReady = false;
  #isClosed = false;
  #stopPausing: () => void = () => undefined;
  #problem = 'not connected yet';
  #lastHeard = 0;
  #asked = 0;

  /** @param greeting made anew for each connection @param peers how many there are */
  constructor(
    private readonly address: PeerAddress,
    private readonly key: SharedKey,
    private readonly greeting: () => Greeting,
    private readonly peers: number,
    private readonly clock: Clock,
  ) {}

  /** Begins to connect, and keeps at it until `close`. */
  open(): void {
    if (this.#isClosed) return;
    this.#stopPausing();
    const socket = connect({ ...this.address, ...this.key.client });
    this.#socket = socket;
    socket.unref();
    socket.setNoDelay(true);
    const reader = new FrameReader();
    const stopWaiting = this.clock.after(CONNECT_MS, () => {
      if (!this.#isReady) socket.destroy(new Error('no connection in time'));
    });
    socket.once('secureConnect', () => socket.write(encodeFrame(this.greeting())));
    socket.on('data', (piece) => this.#hear(socket, reader, piece));
    socket.on('error', (error) => {
      this.#problem = problemOf(error);
    });
    socket.once('close', () => {
      stopWaiting();
      if (socket === this.#socket) this.#lose();
    });
  }

  /**
   * The other peer was heard of: without a connection to it, one is made at once, so that a peer that returns has as a rule a majority with each of
   * the others by the time it serves.
   */
  hurry(): void {
    const socket = this.#socket;
    // A name may have led nowhere, and a first packet have met a host that was down: that is tried again after seconds only.
    const isUnderWay = socket?.closed === false && !socket.connecting;
    // One that is ready and closed is about to be told lost, and what was asked on it with it.
    if (isUnderWay || this.#isReady) return;
    this.open();
    socket?.destroy();
  }

  /** Asks. Rejects at once while there is no connection, and when it is lost. */
  send(parcel: Parcel<Request>, timeoutMs: number): Promise<Parcel<Reply>> {
    const socket = this.#socket;
    if (socket === undefined || !this.#isReady) return Promise.reject(new Error(this.#problem));
    return new Promise((resolve, reject) => {
      const id = ++this.#asked;
      const stopWaiting = this.clock.after(timeoutMs, () => this.#giveUp(id, socket));
      this.#questions.set(id, { resolve, reject, stopWaiting });
      if (this.#questions.size === 1) this.#lastHeard = Math.max(this.#lastHeard, this.clock.elapsed());
      socket.write(encodeFrame({ id, parcel }));
      if (socket.writableLength > MOST_UNSENT_BYTES) socket.destroy(new Error('it does not read'));
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
  }

  #hear(socket: TLSSocket, reader: FrameReader, piece: Buffer): void {
    this.#lastHeard = this.clock.elapsed();
    try {
      for (const message of reader.read(piece)) {
        if (this.#isReady) this.#answer(message);
        else this.#enter(message);
      }
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new FrameError('a message could not be read'));
    }
  }

  #enter(message: unknown): void {
    if (!isWelcome(message)) throw new FrameError('it speaks another protocol');
    if (message.refusal !== null) throw new FrameError(`it refuses: ${message.refusal}`);
    this.#isReady = true;
  }

  #answer(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('id' in message) || !('parcel' in message)) {
      throw new FrameError('an answer is none');
    }
    const { id, parcel } = message;
    if (typeof id !== 'number' || !isReplyParcel(parcel, this.peers)) throw new FrameError('an answer is none');
    const question = this.#questions.get(id);
    // Its time may have run out.
    if (question === undefined) return;
    this.#questions.delete(id);
    question.stopWaiting();
    question.resolve(parcel);
  }

  #giveUp(id: number, socket: TLSSocket): void {
    this.#questions.get(id)?.reject(new Error('no answer in time'));
    this.#questions.delete(id);
    if (this.clock.elapsed() - this.#lastHeard > SILENCE_MS) socket.destroy(new Error('no answer in time'));
  }

  #lose(): void {
    this.#isReady = false;
    const lost = [...this.#questions.values()];
    this.#questions.clear();
    for (const question of lost) {
      question.stopWaiting();
      question.reject(new Error('the connection was lost'));
    }
    if (this.#isClosed) return;
    this.#stopPausing = this.clock.after(RECONNECT_MS * (0.5 + this.clock.random()), () => this.open());
  }
}

/** One short phrase about what is wrong with a connection, which holds nothing that was sent on it. */
function problemOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/ALERT_DECRYPT|BAD_RECORD_MAC|UNKNOWN_PSK|ALERT_HANDSHAKE/.test(code)) return 'its secret is another';
  return code === '' ? error.message : code;
}
