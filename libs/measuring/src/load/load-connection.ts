import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const RECEIVE_BYTES = 16_384;
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)\r\n/i;
const MOST_OF_BODY = 500;
const HEAD_END = '\r\n\r\n';

/** Told about each answer, and about the one that is wrong. */
export interface ConnectionOwner {
  answered(connection: LoadConnection, sentAt: number): void;
  failed(error: Error): void;
}

/**
 * One keep-alive connection that sends the same few requests again and again and checks each answer. It does next to nothing else, so
 * that one core carries the load and Redis without holding the server back; autocannon with its parser in JavaScript needs
 * about as much CPU per request as the servers that are measured.
 */
export class LoadConnection {
  private socket: Socket | undefined;
  private received = '';
  private sentAt = 0;
  private sent = 0;

  /**
   * @param requests sent in turn
   * @param holds what the body of each answer must hold
   */
  constructor(
    private readonly port: number,
    private readonly requests: readonly Buffer[],
    private readonly holds: string,
    private readonly owner: ConnectionOwner,
  ) {}

  async open(): Promise<void> {
    const callback = (bytes: number, buffer: Uint8Array): boolean => {
      this.receive((buffer as Buffer).toString('latin1', 0, bytes));
      return true;
    };
    const onread = { buffer: Buffer.alloc(RECEIVE_BYTES), callback };
    this.socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true, onread });
    await once(this.socket, 'connect');
    this.socket.on('error', (error) => this.owner.failed(error));
    this.socket.on('end', () => this.owner.failed(new Error('the server closed a connection')));
  }

  send(): void {
    this.sentAt = performance.now();
    this.socket?.write(this.requests[this.sent++ % this.requests.length] as Buffer);
  }

  close(): void {
    this.socket?.destroy();
  }

  private receive(text: string): void {
    this.received += text;
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const length = Number(CONTENT_LENGTH.exec(this.received)?.[1] ?? 0);
    const bodyStart = headEnd + HEAD_END.length;
    if (this.received.length < bodyStart + length) return;
    const answer = this.received;
    this.received = '';
    if (isSuccess(answer) && answer.includes(this.holds, bodyStart)) this.owner.answered(this, this.sentAt);
    else this.owner.failed(new Error(`an answer does not hold ${this.holds}: ${withoutHead(answer, bodyStart)}`));
  }
}

/** The headers of an answer may hold a session's token, and what failed is written into reports. */
function withoutHead(answer: string, bodyStart: number): string {
  return `${answer.slice(0, answer.indexOf('\r\n'))} ${answer.slice(bodyStart, bodyStart + MOST_OF_BODY)}`;
}

function isSuccess(answer: string): boolean {
  return answer.startsWith('HTTP/1.1 2');
}
