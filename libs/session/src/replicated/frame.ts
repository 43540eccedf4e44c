/** The largest message: a register with everything in it escaped, or a page of registers. */
export const MAX_FRAME_BYTES = 4_194_304;

const LENGTH_BYTES = 4;

/** What came is no message of this protocol. The connection it came on is of no use any more. */
export class FrameError extends Error {}

/** A value as it travels: its length in four bytes, then JSON. Throws `FrameError` when it is too long to be taken. */
export function encodeFrame(value: unknown): Buffer {
  const json = JSON.stringify(value);
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_FRAME_BYTES) throw new FrameError('a message is too long');
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + bytes);
  frame.writeUInt32BE(bytes, 0);
  frame.write(json, LENGTH_BYTES);
  return frame;
}

/**
 * Puts messages together from the pieces in which they arrive. Holds no more than one message: a longer one is refused when its length
 * is read, before any of it is kept.
 */
export class FrameReader {
  #pieces: Buffer[] = [];
  #held = 0;
  /** Of the message that is being read; undefined before its length is known. */
  #length: number | undefined;

  /** The messages that a piece completes. Throws `FrameError` at what is none. */
  *read(piece: Buffer): Generator {
    this.#pieces.push(piece);
    this.#held += piece.length;
    for (;;) {
      this.#length ??= this.#readLength();
      if (this.#length === undefined || this.#held < this.#length) return;
      const body = this.#take(this.#length);
      this.#length = undefined;
      yield parse(body);
    }
  }

  #readLength(): number | undefined {
    if (this.#held < LENGTH_BYTES) return undefined;
    const length = this.#take(LENGTH_BYTES).readUInt32BE(0);
    if (length > MAX_FRAME_BYTES) throw new FrameError('a message is too long');
    return length;
  }

  #take(bytes: number): Buffer {
    const whole = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    this.#held -= bytes;
    this.#pieces = this.#held === 0 ? [] : [whole.subarray(bytes)];
    return whole.subarray(0, bytes);
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new FrameError('a message is not JSON');
  }
}
