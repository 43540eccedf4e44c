import type { Clock } from '../caspaxos/clock.js';
import { Member, memberParts, type MemberParts } from './member.js';
import type { Parcel, Reply, Request, Transport } from './messages.js';
import { ReplicatedSessionRepository } from './replicated-session.repository.js';
import type { SimulatedWorld } from './simulated-world.fixture.js';

/** When the simulated clocks begin; each peer's is a minute ahead of the one before. */
export const EPOCH = 1_700_000_000_000;
const DEADLINE_MS = 450;
export const TRUST_MS = 1_000;

/** One life of one peer. */
export interface Life {
  readonly repository: ReplicatedSessionRepository;
  readonly member: Member;
  readonly parts: MemberParts;
  isOver: boolean;
}

/**
 * Peers on a network that delays, reorders, drops and doubles messages, that is cut and healed, and whose peers are killed, lose their
 * memory and return.
 */
export class SimulatedCluster {
  readonly lives: (Life | undefined)[];
  /** Questions sent so far, by kind. */
  readonly sent: Record<string, number> = {};
  private readonly cuts = new Set<string>();
  private starts = 0;
  private isCalm = false;

  constructor(
    private readonly world: SimulatedWorld,
    private readonly count: number,
    private readonly makeParts: typeof memberParts = memberParts,
  ) {
    this.lives = Array.from({ length: count }, () => undefined);
  }

  get minority(): number {
    return this.count - (Math.floor(this.count / 2) + 1);
  }

  /** How many could be without their memory now. */
  get forgetful(): number {
    return this.lives.filter((life) => life?.member.isServing !== true).length;
  }

  start(peer: number): void {
    if (this.lives[peer] !== undefined) return;
    const life: { isOver: boolean } & Partial<Life> = { isOver: false };
    const clock = this.clock(peer, life);
    const settings = {
      peers: Array.from({ length: this.count }, (_, index) => `peer-${index}`),
      self: peer,
      incarnation: this.incarnation(),
      maxSessions: 1_000,
      trustMs: TRUST_MS,
      deadlineMs: DEADLINE_MS,
    };
    let parts: MemberParts | undefined;
    const member = new Member(settings, this.transport(peer, life), clock, (...args) => {
      parts = this.makeParts(...args);
      return parts;
    });
    const network = { open: async () => {}, close: async () => {} };
    const repository = new ReplicatedSessionRepository(member, network, clock, TRUST_MS);
    this.lives[peer] = Object.assign(life as { isOver: boolean }, { member, repository, parts: parts! });
    void member.join();
  }

  /** Ends a life at once, with all it knew. */
  kill(peer: number): void {
    const life = this.lives[peer];
    if (life === undefined) return;
    life.isOver = true;
    this.lives[peer] = undefined;
  }

  cut(one: number, other: number): void {
    this.cuts.add(linkOf(one, other));
  }

  heal(): void {
    this.cuts.clear();
  }

  /** From now on the network is as it should be. */
  calm(): void {
    this.heal();
    this.isCalm = true;
  }

  /** Mostly as a clock gives it, sometimes as one that was put back. */
  private incarnation(): number {
    this.starts += 1;
    return this.world.random() < 0.2
      ? 1 + Math.floor(this.world.random() * 1_000)
      : 1_000 * this.starts + Math.floor(this.world.random() * 1_000);
  }

  private clock(peer: number, life: { isOver: boolean }): Clock {
    const skew = (peer - 1) * 60_000;
    return {
      now: () => EPOCH + Math.floor(this.world.time) + skew,
      elapsed: () => this.world.time,
      random: this.world.random,
      after: (ms, callback) => {
        let isOff = false;
        this.world.after(ms, () => {
          if (!isOff && !life.isOver) callback();
        });
        return () => {
          isOff = true;
        };
      },
    };
  }

  private transport(from: number, sender: { isOver: boolean }): Transport {
    return {
      send: (to, parcel, timeoutMs) =>
        new Promise((resolve, reject) => {
          this.sent[parcel.body.is] = (this.sent[parcel.body.is] ?? 0) + 1;
          const settle = (work: () => void) => (): void => {
            if (!sender.isOver) work();
          };
          const fail = (): void => reject(new Error('no answer'));
          if (this.cuts.has(linkOf(from, to))) {
            this.world.after(this.world.between(1, 20), settle(fail));
            return;
          }
          this.world.after(timeoutMs, settle(fail));
          const copies = this.world.random() < 0.05 ? 2 : 1;
          for (let copy = 0; copy < copies; copy += 1) {
            this.deliver(from, to, parcel, (reply) => settle(() => resolve(reply))());
          }
        }),
    };
  }

  private deliver(from: number, to: number, parcel: Parcel<Request>, answer: (reply: Parcel<Reply>) => void): void {
    this.travel(from, to, () => {
      const reply = this.lives[to]?.member.receive(from, parcel);
      if (reply !== undefined) this.travel(to, from, () => answer(reply));
    });
  }

  private travel(from: number, to: number, arrive: () => void): void {
    if (!this.isCalm && this.world.random() < 0.03) return;
    const isLate = !this.isCalm && this.world.random() < 0.05;
    const delay = isLate ? this.world.between(20, 900) : this.world.between(0.1, 5);
    this.world.after(delay, () => {
      if (!this.cuts.has(linkOf(from, to))) arrive();
    });
  }
}

function linkOf(one: number, other: number): string {
  return [one, other].toSorted().join('-');
}
