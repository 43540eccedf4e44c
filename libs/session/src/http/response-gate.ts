import type { ServerResponse } from 'node:http';
import {
  forgetHead,
  type GatedResponse,
  hang,
  type Method,
  type Methods,
  pretendEnded,
  pretendHeadSent,
} from './gated-response.js';
import { type HeadAdditions, addToHead, addToResponse } from './response-head.js';
import { type Refusal, refusedHead } from './response-refusal.js';

/** Whoever decides what a response has to wait for. */
export interface GateKeeper {
  /** Asked when the first part of the response is about to be sent, again after every wait. Undefined: nothing to wait for. */
  beforeHead(status: number): Promise<void> | undefined;
  /** What the head must say, asked after `beforeHead` is done, also when it failed. */
  additions(): HeadAdditions;
  /** Asked before the response ends, if its head was sent earlier. A rejection aborts the connection. */
  beforeEnd(): Promise<void> | undefined;
  /** The response in place of the handler's when `beforeHead` failed. */
  refusal(error: unknown): Refusal;
  /** Told when what was held could not be sent and the connection was closed. */
  unsendable(error: unknown): void;
}

type Call = readonly [method: Method, args: unknown[]];

/**
 * `watching`: nothing was sent yet. `holding`: what the handler sends waits for the keeper. `passing`: the head is out.
 * `closing`: the end waits for the keeper. `refused`: another response was sent, what the handler still sends is dropped.
 */
type State = 'watching' | 'holding' | 'passing' | 'closing' | 'refused';

/**
 * Holds a response back until the session is committed, so that the next request finds it wherever it goes. It stands in front of
 * Node's own response, below frameworks, filters, redirects and streams. While it holds, `headersSent` is true for everybody else:
 * Nest's filters and Fastify would send a second head otherwise. What is held is bounded as a stream's buffer is: beyond it `write`
 * answers false, and `drain` follows the release.
 */
export class ResponseGate {
  private state: State = 'watching';
  private status = 200;
  private held: Call[] = [];
  private heldBytes = 0;
  private owesDrain = false;
  private readonly beneath: Methods;
  private readonly response: GatedResponse;

  /** Hangs a gate into a response. If its head is out already, only the end is watched. */
  static install(response: ServerResponse, keeper: GateKeeper): void {
    const gate = new ResponseGate(response, keeper);
    if (response.headersSent) gate.state = 'passing';
  }

  private constructor(
    response: ServerResponse,
    private readonly keeper: GateKeeper,
  ) {
    this.response = response as GatedResponse;
    this.beneath = hang(this, response);
  }

  /** Every call of one of the methods, from whomever. */
  intercept(method: Method, args: unknown[]): unknown {
    switch (this.state) {
      case 'watching':
        return this.begin(method, args);
      case 'passing':
        return method === 'end' ? this.finish(args) : this.forward(method, args);
      case 'holding':
      case 'closing':
        return this.hold(method, args);
      default:
        callBack(args);
        return method === 'write' ? true : this.response;
    }
  }

  private begin(method: Method, args: unknown[]): unknown {
    this.status = method === 'writeHead' ? Number(args[0]) : this.response.statusCode;
    const wait = this.keeper.beforeHead(this.status);
    if (wait === undefined) return this.pass(method, args);
    this.state = 'holding';
    pretendHeadSent(this.response);
    this.releaseAfter(wait);
    return this.hold(method, args);
  }

  private releaseAfter(wait: Promise<void>): void {
    wait.then(
      () => this.release(),
      (error: unknown) => this.refuse(error),
    );
  }

  /** Sends the head, with what the session adds to it. */
  private pass(method: Method, args: unknown[]): unknown {
    this.state = 'passing';
    if (method === 'writeHead')
      return this.forward(method, [...addToHead(this.response, args, this.keeper.additions())]);
    addToResponse(this.response, this.keeper.additions());
    return this.forward(method, args);
  }

  private finish(args: unknown[]): unknown {
    const wait = this.keeper.beforeEnd();
    if (wait === undefined) return this.forward('end', args);
    this.state = 'closing';
    this.closeAfter(wait);
    return this.hold('end', args);
  }

  /** Ends the response once nothing is left to store: a handler may go on changing the session while it waits. */
  private closeAfter(wait: Promise<void>): void {
    wait.then(
      () => {
        const more = this.keeper.beforeEnd();
        if (more === undefined) this.replay(() => this.forwardHeld());
        else this.closeAfter(more);
      },
      () => this.response.destroy(),
    );
  }

  private hold(method: Method, args: unknown[]): unknown {
    this.held.push([method, args]);
    if (method === 'end') pretendEnded(this.response);
    if (method !== 'write') return this.response;
    this.heldBytes += lengthOf(args[0]);
    const full = this.heldBytes >= this.response.writableHighWaterMark;
    this.owesDrain ||= full;
    return !full;
  }

  /** Sends what was held, once nothing is left to store: a handler may have gone on changing the session meanwhile. */
  private release(): void {
    const more = this.keeper.beforeHead(this.status);
    if (more !== undefined) return this.releaseAfter(more);
    this.replay(() => {
      const [first, ...rest] = this.held;
      if (first === undefined) return;
      this.held = rest;
      const writable = this.pass(...first);
      const last = this.forwardHeld();
      if (this.owesDrain && (last ?? writable) !== false) this.response.emit('drain');
    });
  }

  private refuse(error: unknown): void {
    this.replay(() => {
      const held = this.held;
      this.held = [];
      this.state = 'passing';
      const head = held.find(([method]) => method === 'writeHead');
      const body = refusedHead(this.response, head?.[1] ?? [], this.keeper.refusal(error), this.keeper.additions());
      this.forward('end', [body]);
      for (const [, args] of held) callBack(args);
      this.state = 'refused';
      if (this.owesDrain) this.response.emit('drain');
    });
  }

  /** What a handler's arguments throw when they are used at last must end this connection, not the process. */
  private replay(work: () => void): void {
    if (this.state === 'holding') forgetHead(this.response);
    try {
      work();
    } catch (error) {
      this.response.destroy();
      this.keeper.unsendable(error);
    }
  }

  /** Sends what was held; returns what the last call answered. */
  private forwardHeld(): unknown {
    this.state = 'passing';
    const held = this.held;
    this.held = [];
    return held.map(([method, args]) => this.forward(method, args)).at(-1);
  }

  private forward(method: Method, args: unknown[]): unknown {
    return this.beneath[method].apply(this.response, args);
  }
}

function lengthOf(chunk: unknown): number {
  return typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk.length : 0;
}

/** Whoever waits for a dropped part to be sent must not wait for ever. */
function callBack(args: readonly unknown[]): void {
  const callback = args.at(-1);
  if (typeof callback === 'function') process.nextTick(callback);
}
