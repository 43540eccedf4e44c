import { SessionStoreError } from '../contracts/errors.js';

/** A node did not answer a command: it is down, silent, or its connection ended. Never leaves this folder. */
export class NodeUnavailable extends Error {
  /**
   * @param reason a word or phrase without anything of the command
   * @param sent whether the command may have reached the node
   */
  constructor(
    readonly reason: string,
    readonly sent: boolean,
  ) {
    super(reason);
  }
}

/** The words of memcached's binary protocol for what it cannot do. */
const REFUSALS: Readonly<Record<number, string>> = {
  0x04: 'invalid arguments',
  0x20: 'authentication failed',
  0x81: 'unknown command',
  0x82: 'out of memory',
  0x83: 'not supported',
  0x84: 'internal error',
  0x85: 'busy',
  0x86: 'temporary failure',
};

/** What the engine is told when a node answers that it will not. Nothing was executed. */
export function refusal(status: number): SessionStoreError {
  return new SessionStoreError(REFUSALS[status] ?? `error 0x${status.toString(16)}`);
}

/** What the engine is told of a failed command. @param wrote whether the command changes something */
export function storeError(error: unknown, wrote: boolean): unknown {
  if (!(error instanceof NodeUnavailable)) return error;
  return new SessionStoreError(error.reason, wrote && error.sent ? 'unknown' : 'not-executed');
}

/** One short word or phrase about an error of a connection. memjs also passes texts. */
export function reasonOf(error: unknown): string {
  if (/authentication/i.test(String(error))) return 'authentication failed';
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return 'connection failed';
}
