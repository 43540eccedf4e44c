import type { Acceptor } from './acceptor.js';
import { NO_BALLOT } from '../caspaxos/ballot.js';
import type { Head, HeadsReply, HeldRegister, Reply, Request } from './messages.js';
import type { PeerGroup } from './peer-group.js';

const ANSWER_MS = 2_000;

/** How far another peer's changes are known, in its own count, which begins anew with each of its lives. */
interface Cursor {
  readonly incarnation: number;
  readonly since: number;
}

/** The other peer went away, or is another than before. */
class Interrupted extends Error {}

/**
 * Takes over from other peers what they have and this one has not: everything before it takes part, and later what it missed while
 * it was cut off. What it missed comes as the late acceptances that they are; being in step makes reads quick, no vote depends on it.
 */
export class CatchUp {
  readonly #cursors = new Map<number, Cursor>();

  constructor(
    private readonly group: PeerGroup,
    private readonly acceptor: Acceptor,
  ) {}

  /** Takes over everything of one peer, promises too. Answers with the peer's incarnation. Rejects when the peer does not go through with it. */
  async recoverFrom(peer: number): Promise<number> {
    this.#cursors.delete(peer);
    await this.#pull(peer, {
      heads: ({ heads, floor }) => {
        this.acceptor.raiseFloor(floor);
        for (const [key, promised] of heads) this.acceptor.restorePromise(key, promised);
      },
      register: ([key, accepted, value]) => this.acceptor.restoreValue(key, accepted, value),
    });
    return this.#cursors.get(peer)?.incarnation ?? 0;
  }

  /**
   * Takes over what one peer has accepted since the last time, and answers with the keys of which it cannot, for something was promised
   * here that came to nothing. Does what it can: the next time goes on where this one ended.
   */
  async follow(peer: number): Promise<string[]> {
    const refused: string[] = [];
    const register = ([key, accepted, value]: HeldRegister): void => {
      if (this.acceptor.accept(key, accepted, value).is === 'refused') refused.push(key);
    };
    await this.#pull(peer, { heads: () => undefined, register }).catch(() => undefined);
    return refused;
  }

  async #pull(
    peer: number,
    take: { heads: (page: HeadsReply) => void; register: (register: HeldRegister) => void },
  ): Promise<void> {
    for (;;) {
      const known = this.#cursors.get(peer);
      const { incarnation, reply } = await this.#ask(peer, { is: 'heads', since: known?.since ?? 0 }, 'heads');
      if (known !== undefined && known.incarnation !== incarnation) {
        this.#cursors.delete(peer);
        throw new Interrupted();
      }
      take.heads(reply);
      await this.#fetch(peer, reply.heads, take.register);
      this.#cursors.set(peer, { incarnation, since: reply.upTo });
      if (!reply.more) return;
    }
  }

  async #fetch(peer: number, heads: readonly Head[], take: (register: HeldRegister) => void): Promise<void> {
    let keys = heads
      .filter(([key, , accepted]) => accepted !== NO_BALLOT && this.acceptor.lacks(key, accepted))
      .map(([key]) => key);
    while (keys.length > 0) {
      const { reply } = await this.#ask(peer, { is: 'fetch', keys }, 'slots');
      for (const register of reply.slots) take(register);
      keys = keys.slice(Math.max(1, reply.asked));
    }
  }

  async #ask<K extends Reply['is']>(
    peer: number,
    request: Request,
    expected: K,
  ): Promise<{ incarnation: number; reply: Extract<Reply, { is: K }> }> {
    const { incarnation, reply } = await this.group.ask(peer, request, ANSWER_MS);
    if (reply.is !== expected) throw new Interrupted();
    return { incarnation, reply: reply as Extract<Reply, { is: K }> };
  }
}
