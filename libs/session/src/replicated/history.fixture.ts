import type { SessionRecord } from '../contracts/record.js';

/** What the simple register holds: nothing yet, the session, or its end. */
type State = 'absent' | 'ended' | { version: number; writeId: string; expiresAt: number };

export type Operation =
  | { is: 'save'; record: SessionRecord }
  | { is: 'touch'; expiresAt: number }
  | { is: 'destroy'; version: number | undefined }
  | { is: 'load'; atLeast: number }
  /** Sees that the session has ended. */
  | { is: 'see the end' };

/** What an operation answered; `undefined` where nobody knows whether it was executed. */
export type Answer = string | { version: number; writeId: string; expiresAt: number } | null | undefined;

/** One operation on one session, and when it was under way. */
export interface Call {
  readonly operation: Operation;
  readonly peer: number;
  readonly start: number;
  end: number;
  answer: Answer;
  /** It certainly was not executed. */
  isVoid: boolean;
}

/** What a register that is one thing in one place would answer, and hold then. */
function apply(state: State, operation: Operation): { answer: Answer; state: State } {
  const isLive = typeof state === 'object';
  switch (operation.is) {
    case 'save': {
      const { version, writeId, expiresAt } = operation.record;
      const next = { version: version + 1, writeId, expiresAt };
      if (state === 'absent') return version === 0 ? { answer: 'saved', state: next } : { answer: 'gone', state };
      if (!isLive) return { answer: 'gone', state };
      return state.version === version ? { answer: 'saved', state: next } : { answer: 'conflict', state };
    }
    case 'touch':
      if (!isLive) return { answer: 'gone', state };
      return { answer: 'saved', state: { ...state, expiresAt: Math.max(state.expiresAt, operation.expiresAt) } };
    case 'destroy':
      if (!isLive) return { answer: 'gone', state };
      if (operation.version !== undefined && operation.version !== state.version) return { answer: 'conflict', state };
      return { answer: 'destroyed', state: 'ended' };
    case 'see the end':
      return { answer: state === 'ended' ? 'gone' : 'too early', state };
    default:
      return { answer: isLive ? state : null, state };
  }
}

/**
 * Whether the calls on one session can be put in an order that agrees with the clock and in which a simple register answers the same
 * (linearizability; the search of Wing and Gong, 1993). A copy may be so much older than the call, but no copy proves a death.
 */
export function isLinearizable(calls: readonly Call[], trustMs: number): boolean {
  const relevant = calls
    .filter((call) => !call.isVoid && !(call.operation.is === 'load' && call.answer === undefined))
    .flatMap(inParts)
    .map((call) => {
      const isCopy = call.operation.is === 'load' && call.answer !== null;
      const end = call.answer === undefined ? Infinity : call.end;
      return { ...call, start: isCopy ? call.start - trustMs : call.start, end };
    });
  const seen = new Set<string>();
  const isOpen = relevant.map(() => true);

  const search = (state: State): boolean => {
    const position = `${isOpen.map(Number).join('')}${JSON.stringify(state)}`;
    if (seen.has(position)) return false;
    seen.add(position);
    const left = relevant.flatMap((call, index) => (isOpen[index] === true ? [{ call, index }] : []));
    const earliestEnd = Math.min(...left.map(({ call }) => call.end));
    // Those of unknown outcome may never have happened.
    if (earliestEnd === Infinity) return true;
    return left.some(({ call, index }) => {
      if (call.start > earliestEnd) return false;
      const next = apply(state, call.operation);
      if (call.answer !== undefined && JSON.stringify(next.answer) !== JSON.stringify(call.answer)) return false;
      isOpen[index] = false;
      const isFound = search(next.state);
      isOpen[index] = true;
      return isFound;
    });
  };
  return search('absent');
}

/** A save that is answered 'gone' may have been stored by another peer's hand before somebody ended the session. */
function inParts(call: Call): Call[] {
  if (call.operation.is !== 'save' || call.answer !== 'gone') return [call];
  return [
    { ...call, answer: undefined },
    { ...call, operation: { is: 'see the end' } },
  ];
}
