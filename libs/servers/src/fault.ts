/** Which way bytes travel: `commands` to the server, `answers` back from it. */
export type FaultDirection = 'commands' | 'answers';

/** What a `FaultProxy` does to the connections through it. */
export type Fault =
  /** Nothing: bytes pass. */
  | { kind: 'none' }
  /** Nobody listens: new connections are refused, open ones are closed. */
  | { kind: 'refuse' }
  /** New and open connections are reset (RST). */
  | { kind: 'reset' }
  /** Connections are accepted, bytes vanish. A connection that lost bytes stays dead when the fault is over. */
  | { kind: 'black-hole' }
  /** Bytes of one direction, or of both, arrive `ms` later. */
  | { kind: 'delay'; ms: number; direction?: FaultDirection }
  /** Bytes of one direction are kept back and delivered when the next fault, or none, is set. */
  | { kind: 'hold'; direction: FaultDirection }
  /** Commands reach the server; when it answers, the answer is dropped and the connection closed. */
  | { kind: 'drop-answers' }
  /** The first `bytes` of the next answer pass, then the connection is closed. */
  | { kind: 'cut-answers'; bytes: number };
