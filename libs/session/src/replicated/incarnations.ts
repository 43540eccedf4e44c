/**
 * Who the peers are, and the latest life of each that this one has heard of. A peer keeps nothing on disk: one that is started again is a
 * stranger under an old name, so every start is an incarnation of its own, and an answer of an earlier one counts for
 * nothing once a later one is known. Every message carries the whole list: whoever told a returning peer what it knows tells everybody
 * else that it returned ("crash vector": Michael, Ports, Sharma, Szekeres, "Recovering Shared Objects Without Stable Storage", DISC 2017;
 * without it an answer given before a crash could make a majority together with answers given after the recovery).
 */
export class Incarnations {
  readonly #known: number[];
  #own: number;

  /**
   * @param count of the configured peers, this one included
   * @param self index of this one
   * @param own its incarnation: higher than any that it had before, as far as its clock can tell
   */
  constructor(
    readonly count: number,
    readonly self: number,
    own: number,
  ) {
    this.#known = Array.from({ length: count }, () => 0);
    this.#own = own;
    this.#known[self] = own;
  }

  get own(): number {
    return this.#own;
  }

  /** As it travels in every message. */
  get vector(): readonly number[] {
    return this.#known.with(this.self, this.#own);
  }

  /** How many have to take part in a decision: more than half of those configured, whoever is up. */
  get majority(): number {
    return Math.floor(this.count / 2) + 1;
  }

  /** From how many others a peer without a memory has to learn: so many that each majority it was ever part of is among them. */
  get recoveryQuorum(): number {
    return this.count - this.majority + 1;
  }

  /** Whether somebody knows a later life of this peer: its clock was put back, or it runs twice. */
  get isOutdated(): boolean {
    return (this.#known[this.self] ?? 0) > this.#own;
  }

  learn(vector: readonly number[]): void {
    for (const [peer, incarnation] of vector.entries()) {
      if (incarnation > (this.#known[peer] ?? Infinity)) this.#known[peer] = incarnation;
    }
  }

  /** Whether this is the latest life of a peer that is known. */
  isCurrent(peer: number, incarnation: number): boolean {
    return this.#known[peer] === incarnation;
  }

  /** Begins another life, later than every one that is known. Only for a peer that has promised nothing yet. */
  renew(): void {
    this.#own = (this.#known[this.self] ?? 0) + 1;
    this.#known[this.self] = this.#own;
  }
}
