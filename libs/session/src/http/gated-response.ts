import type { ServerResponse } from 'node:http';

/** The methods of Node's response by which anything is sent. */
export type Method = 'writeHead' | 'write' | 'end' | 'flushHeaders';

/** Those methods, without their many overloads. */
export type Methods = Record<Method, (...args: unknown[]) => unknown>;

/** What stands in a response's way. */
export interface Gate {
  /** Every call of one of the methods, from whomever. */
  intercept(method: Method, args: unknown[]): unknown;
}

const GATE = Symbol('session gate');

/** A response that asks its gate. */
export type GatedResponse = ServerResponse & { [GATE]?: Gate; _header: string | null };

/** Prototypes whose methods ask the gate of a response, with the methods that they had. */
const HOOKED = new WeakMap<object, Methods>();

/**
 * Makes a response ask this gate before anything is sent; returns the methods by which the gate itself sends. Where the platform has a
 * prototype of its own, that was hooked at boot and one property is all that a response gets. Else its methods are put in
 * front on this response alone. The functions are shared and find the gate on the response: closures for each
 * response made V8 let whole requests survive its young generation (a read took 95 µs with them and 84 without).
 */
export function hang(gate: Gate, response: ServerResponse): Methods {
  const beneath = methodsBeneath(response);
  (response as GatedResponse)[GATE] = gate;
  if (beneath !== undefined) return beneath;
  const methods = response as unknown as Methods;
  const { writeHead, write, end, flushHeaders } = methods;
  Object.assign(methods, GATED);
  return { writeHead, write, end, flushHeaders };
}

/**
 * Makes the methods of all responses with this prototype ask their gate, if they have one. For a prototype that belongs to one
 * application, as `app.response` of Express does, never for Node's own.
 */
export function hookPrototype(prototype: ServerResponse): void {
  if (methodsBeneath(prototype) !== undefined || HOOKED.has(prototype)) return;
  const methods = prototype as unknown as Methods;
  const { writeHead, write, end, flushHeaders } = methods;
  const beneath: Methods = { writeHead, write, end, flushHeaders };
  HOOKED.set(prototype, beneath);
  for (const method of Object.keys(beneath) as Method[]) {
    methods[method] = function (this: GatedResponse, ...args: unknown[]): unknown {
      const gate = this[GATE];
      return gate === undefined ? beneath[method].apply(this, args) : gate.intercept(method, args);
    };
  }
}

/** The methods beneath the hook that is somewhere among the prototypes of a response; undefined when there is none. */
function methodsBeneath(response: object): Methods | undefined {
  let prototype = Object.getPrototypeOf(response) as object | null;
  while (prototype !== null) {
    const beneath = HOOKED.get(prototype);
    if (beneath !== undefined) return beneath;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return undefined;
}

const GATED: Methods = {
  writeHead(this: unknown, ...args) {
    return gateOf(this).intercept('writeHead', args);
  },
  write(this: unknown, ...args) {
    return gateOf(this).intercept('write', args);
  },
  end(this: unknown, ...args) {
    return gateOf(this).intercept('end', args);
  },
  flushHeaders(this: unknown, ...args) {
    return gateOf(this).intercept('flushHeaders', args);
  },
};

function gateOf(response: unknown): Gate {
  return (response as { [GATE]: Gate })[GATE];
}

/**
 * From now on others see a response whose head is sent. `headersSent` is what Node derives from this field;
 * to define another getter, or another prototype, on a response makes all of Node's own code for it slow (40 µs for each response).
 */
export function pretendHeadSent(response: GatedResponse): void {
  response._header = 'held back';
}

/**
 * From now on, for good, others see a response that has ended. Not by the field `finished`, from which Node derives it: Node's
 * server closes the connection of a finished response as idle when it stops, and what is held would be lost.
 */
export function pretendEnded(response: GatedResponse): void {
  Object.defineProperty(response, 'writableEnded', ENDED);
}

const ENDED: PropertyDescriptor = { value: true, configurable: true, writable: true };

/** Makes Node write the head, before what was held is sent. */
export function forgetHead(response: GatedResponse): void {
  response._header = null;
}
