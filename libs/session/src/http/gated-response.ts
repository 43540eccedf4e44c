import type { ServerResponse } from 'node:http';

/** The methods of Node's response by which anything is sent. */
export type Method = 'writeHead' | 'write' | 'end' | 'flushHeaders';

/** Those methods, without their many overloads. */
export type Methods = Record<Method, (...args: unknown[]) => unknown>;

/** What stands in a response's way. */
export interface Gate {
  /** Whether others have to take the head for sent, which it is not. */
  readonly holdsHead: boolean;
  /** Whether others have to take the response for ended, which it is not. */
  readonly holdsEnd: boolean;
  /** Every call of one of the methods, from whomever. */
  intercept(method: Method, args: unknown[]): unknown;
}

const GATE = Symbol('session gate');

/** A response that asks its gate. */
export type GatedResponse = ServerResponse & { [GATE]: Gate };

/**
 * Puts a gate in front of a response's methods, on this response alone. The functions are shared and find the gate on the response:
 * closures for each response cost a read twice as much, most of it in garbage collection (V8 lets them survive by the thousands).
 */
export function hang(gate: Gate, response: ServerResponse): GatedResponse {
  const gated = response as GatedResponse;
  gated[GATE] = gate;
  const methods = gated as unknown as Methods;
  methods.writeHead = writeHead;
  methods.write = write;
  methods.end = end;
  methods.flushHeaders = flushHeaders;
  return gated;
}

function writeHead(this: GatedResponse, ...args: unknown[]): unknown {
  return this[GATE].intercept('writeHead', args);
}

function write(this: GatedResponse, ...args: unknown[]): unknown {
  return this[GATE].intercept('write', args);
}

function end(this: GatedResponse, ...args: unknown[]): unknown {
  return this[GATE].intercept('end', args);
}

function flushHeaders(this: GatedResponse, ...args: unknown[]): unknown {
  return this[GATE].intercept('flushHeaders', args);
}

/** A prototype that pretends, for each prototype that responses have: one for plain Node, one for each Express application. */
const pretenders = new WeakMap<object, object>();

/**
 * From now on the response's `headersSent` and `writableEnded` say what the gate wants others to believe, and otherwise what they said
 * before. By another prototype, because to define a property on one response costs ten times as much.
 */
export function pretend(response: GatedResponse): void {
  const prototype = Object.getPrototypeOf(response) as object;
  if (PRETENDS in prototype) return;
  let pretender = pretenders.get(prototype);
  if (pretender === undefined) {
    pretender = pretenderOver(prototype);
    pretenders.set(prototype, pretender);
  }
  Object.setPrototypeOf(response, pretender);
}

const PRETENDS = Symbol('pretends');

function pretenderOver(prototype: object): object {
  return Object.create(prototype, {
    [PRETENDS]: { value: true },
    headersSent: {
      get(this: GatedResponse): boolean {
        return this[GATE].holdsHead || Reflect.get(prototype, 'headersSent', this);
      },
    },
    writableEnded: {
      get(this: GatedResponse): boolean {
        return this[GATE].holdsEnd || Reflect.get(prototype, 'writableEnded', this);
      },
    },
  }) as object;
}
