import { type Ballot, laterOf, NO_BALLOT } from '../caspaxos/ballot.js';
import type { Clock } from '../caspaxos/clock.js';
import { Confirmations } from './confirmations.js';
import type { Head, HeadsReply, HeldRegister, Reply } from './messages.js';
import { EMPTY, endedText, EXPIRY, isEnded, type RegisterText } from '../caspaxos/register.js';
import { isExpired } from '../caspaxos/expiry.js';
import { held, isForgettable, type Slot } from './slot.js';

/** Of ended sessions so many times as many traces are kept as there may be live ones; each takes some 300 bytes. */
const TRACES_PER_SESSION = 4;
const PAGE_HEADS = 250;
const PAGE_CHARACTERS = 65_536;

/**
 * One peer's memory, and its vote: the acceptor of CASPaxos (Rystsov, "CASPaxos: Replicated State Machines without logs",
 * 2018), one for each register. It promises to a ballot to take part in no earlier one, and accepts a value
 * unless it has promised more. A register that it forgets goes with a promise: what it does not hold takes part in no ballot below the
 * highest that it ever promised for something forgotten, so that a message however late finds no gap.
 */
export class Acceptor {
  readonly #slots = new Map<string, Slot>();
  readonly #confirmations: Confirmations;
  #floor = NO_BALLOT;
  #sequence = 0;
  #traces = 0;

  /** @param maxSessions how many live sessions are held; a new one is refused beyond that, none ever makes room */
  constructor(
    private readonly clock: Clock,
    private readonly maxSessions: number,
  ) {
    this.#confirmations = new Confirmations(clock);
  }

  /** How many registers are held, live and ended. */
  get size(): number {
    return this.#slots.size;
  }

  prepare(key: string, ballot: Ballot): Reply {
    const slot = this.#slots.get(key);
    const promised = slot?.promised ?? this.#floor;
    if (promised > ballot) return { is: 'refused', ballot: promised };
    if (slot === undefined && this.#isFull) return { is: 'cannot', why: 'full' };
    this.#put(key, ballot, slot?.accepted ?? NO_BALLOT, slot?.value ?? EMPTY);
    return held(slot);
  }

  accept(key: string, ballot: Ballot, value: RegisterText): Reply {
    const slot = this.#slots.get(key);
    const promised = slot?.promised ?? this.#floor;
    if (promised > ballot) return { is: 'refused', ballot: promised };
    if (slot === undefined && this.#isFull) return { is: 'cannot', why: 'full' };
    if (slot?.accepted !== ballot) this.#put(key, ballot, ballot, value);
    return { is: 'accepted' };
  }

  read(key: string): Reply {
    return held(this.#slots.get(key));
  }

  /** Remembers that a majority had the value under this ballot as the latest at that moment (of `clock.elapsed`). */
  confirm(key: string, ballot: Ballot, at: number): void {
    if (this.#slots.get(key)?.accepted === ballot) this.#confirmations.confirm(key, ballot, at);
  }

  /**
   * What the register holds, if a majority said so less than so long ago and nobody has begun to change it since, as far as is known
   * here.
   */
  confirmedWithin(key: string, ms: number): RegisterText | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined || slot.promised !== slot.accepted) return undefined;
    return this.#confirmations.isWithin(key, slot.accepted, ms) ? slot.value : undefined;
  }

  /** What changed after a point in the count of changes, the oldest first, a page of it. */
  heads(since: number): HeadsReply {
    const heads: Head[] = [];
    let upTo = since;
    for (const [key, { promised, accepted, sequence }] of this.#slots) {
      if (sequence <= since) continue;
      if (heads.length === PAGE_HEADS) return { is: 'heads', heads, upTo, more: true, floor: this.#floor };
      heads.push([key, promised, accepted]);
      upTo = sequence;
    }
    return { is: 'heads', heads, upTo, more: false, floor: this.#floor };
  }

  /** The registers of the first keys, as many as fit into a page, but at least one. */
  fetch(keys: readonly string[]): Reply {
    const slots: HeldRegister[] = [];
    let asked = 0;
    let characters = 0;
    for (const key of keys) {
      const slot = this.#slots.get(key);
      characters += slot?.value.length ?? 0;
      if (asked > 0 && characters > PAGE_CHARACTERS) break;
      asked += 1;
      if (slot !== undefined) slots.push([key, slot.accepted, slot.value]);
    }
    return { is: 'slots', slots, asked };
  }

  /** Whether a register that another peer has accepted under this ballot is older here. */
  lacks(key: string, accepted: Ballot): boolean {
    return (this.#slots.get(key)?.accepted ?? NO_BALLOT) < accepted;
  }

  /** Takes over, without a memory of its own, what another peer has promised for things that neither of them holds. */
  raiseFloor(floor: Ballot): void {
    this.#floor = laterOf(this.#floor, floor);
  }

  /** Takes over, without a memory of its own, a promise of another peer. */
  restorePromise(key: string, promised: Ballot): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) this.#put(key, laterOf(this.#floor, promised), NO_BALLOT, EMPTY);
    else if (promised > slot.promised) this.#put(key, promised, slot.accepted, slot.value);
  }

  /** Takes over, without a memory of its own, what another peer has accepted. */
  restoreValue(key: string, accepted: Ballot, value: RegisterText): void {
    if (!this.lacks(key, accepted)) return;
    const promised = this.#slots.get(key)?.promised ?? this.#floor;
    this.#put(key, laterOf(promised, accepted), accepted, value);
  }

  /**
   * Takes over what a majority has accepted under one ballot. Whatever was promised here to a later one: whoever asked a majority
   * for that promise has met this value there, so that the promise stands and the value does no harm.
   */
  learn(key: string, chosen: Ballot, value: RegisterText): void {
    if (this.#slots.has(key) || !this.#isFull) this.restoreValue(key, chosen, value);
  }

  /** Lets go of the data of expired sessions, and of the traces of those whose absolute deadline is long past. */
  sweep(): void {
    const now = this.clock.now();
    for (const [key, slot] of this.#slots) {
      if (isForgettable(slot, now, this.clock.elapsed())) this.#forget(key, slot);
      else if (isExpired(slot.value, now)) this.#replaceByTrace(key, slot);
    }
  }

  /** Forgets everything but its promises about what it does not hold. */
  forgetAll(): void {
    for (const [key, slot] of this.#slots) this.#forget(key, slot);
  }

  get #isFull(): boolean {
    const live = this.#slots.size - this.#traces;
    return live >= this.maxSessions || this.#traces >= this.maxSessions * TRACES_PER_SESSION;
  }

  #put(key: string, promised: Ballot, accepted: Ballot, value: RegisterText): void {
    const before = this.#slots.get(key);
    this.#sequence += 1;
    this.#count(before, value);
    // Behind all others, so that the order of the slots is the order of their changes.
    this.#slots.delete(key);
    const changedAt = this.clock.elapsed();
    this.#slots.set(key, { promised, accepted, value, sequence: this.#sequence, changedAt });
  }

  /** The same under the same ballot: no change that others would have to hear of. */
  #replaceByTrace(key: string, slot: Slot): void {
    const value = endedText(slot.value, EXPIRY);
    this.#count(slot, value);
    this.#slots.set(key, { ...slot, value });
    this.#confirmations.forget(key);
  }

  #forget(key: string, slot: Slot): void {
    this.#floor = laterOf(this.#floor, slot.promised);
    this.#count(slot, EMPTY);
    this.#slots.delete(key);
    this.#confirmations.forget(key);
  }

  #count(before: Slot | undefined, after: RegisterText): void {
    this.#traces += Number(isEnded(after)) - Number(before !== undefined && isEnded(before.value));
  }
}
