import { type Clock, pause } from '../caspaxos/clock.js';
import type { RepositoryListener } from '../contracts/repository-events.js';
import type { DirectoryPlace } from './directory-place.js';
import { codeOf } from './file-session.errors.js';
import type { Membership } from './membership.js';
import type { Refill } from './refill.js';

const BEAT_MS = 1_000;

/**
 * Looks after all directories every second, one after the other: which of them count, which of them failed and answers again, which is to be filled. Tells
 * when one goes, and when it is back and in step.
 */
export class DirectoryWatch {
  readonly #gone = new Set<DirectoryPlace>();
  readonly #working = new Set<DirectoryPlace>();

  constructor(
    private readonly places: readonly DirectoryPlace[],
    private readonly membership: Membership,
    private readonly refill: Refill,
    private readonly clock: Clock,
    private readonly tell: RepositoryListener,
  ) {}

  /** Until it is told to stop. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.membership.assemble();
      for (const place of this.places) this.#lookAfter(place, signal);
      await pause(this.clock, BEAT_MS * (0.75 + this.clock.random() / 2));
    }
  }

  #lookAfter(place: DirectoryPlace, signal: AbortSignal): void {
    const { problem } = place;
    if (problem === undefined || signal.aborted) return;
    if (!this.#gone.has(place)) {
      this.#gone.add(place);
      this.tell('placeUnavailable', { place: place.root, reason: problem });
    }
    // One that takes long keeps nobody from looking after the others.
    if (this.#working.has(place)) return;
    this.#working.add(place);
    void this.#bringBack(place).finally(() => this.#working.delete(place));
  }

  async #bringBack(place: DirectoryPlace): Promise<void> {
    try {
      if (place.acceptor === undefined) {
        await this.refill.fill(place);
        return;
      }
      const { acceptor } = place;
      await acceptor.directory.tryOut();
      // From here on it takes part in everything: what it misses now is noted again.
      place.isInStep();
      await this.refill.catchUp(place);
      if (place.problem !== undefined || place.acceptor !== acceptor) return;
      this.#gone.delete(place);
      this.tell('placeAvailable', { place: place.root });
    } catch (error) {
      place.note(codeOf(error));
    }
  }
}
