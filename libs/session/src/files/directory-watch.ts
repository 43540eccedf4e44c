import { type Clock, pause } from '../caspaxos/clock.js';
import type { RepositoryListener } from '../contracts/repository-events.js';
import type { DirectoryPlace } from './directory-place.js';
import { codeOf } from './file-session.errors.js';
import type { Membership } from './membership.js';
import type { Refill } from './refill.js';

const BEAT_MS = 1_000;
const LONGEST_REST_MS = 30_000;

/**
 * Looks after all directories every second, one after the other: which of them count, which of them failed and answers again, which is to be filled. Tells
 * when one goes, and when it is back and in step. To bring one back reads every session of all others, which makes calls slow, and a slow call is a
 * failure: so after each time the directory is left alone for longer, up to half a minute.
 */
export class DirectoryWatch {
  readonly #gone = new Set<DirectoryPlace>();
  readonly #working = new Set<DirectoryPlace>();
  readonly #rests = new Map<DirectoryPlace, { readonly ms: number; readonly until: number }>();

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
    const isGone = this.#gone.has(place);
    if (signal.aborted) return;
    if (problem === undefined && !isGone) return this.#forgetRest(place);
    if (problem !== undefined && !isGone) {
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
      if (this.#isResting(place)) return;
      const { acceptor } = place;
      await acceptor.directory.tryOut();
      // From here on it takes part in everything: what it misses now is noted again.
      place.isInStep();
      const isComplete = await this.refill.catchUp(place).finally(() => this.#rest(place));
      // Where it is not, or counts under another name by now, the next time will tell.
      if (!isComplete || place.problem !== undefined || place.acceptor !== acceptor) return;
      this.#gone.delete(place);
      this.tell('placeAvailable', { place: place.root });
    } catch (error) {
      place.note(codeOf(error));
    }
  }

  #isResting(place: DirectoryPlace): boolean {
    return this.clock.elapsed() < (this.#rests.get(place)?.until ?? 0);
  }

  #rest(place: DirectoryPlace): void {
    const ms = Math.min(2 * (this.#rests.get(place)?.ms ?? BEAT_MS / 2), LONGEST_REST_MS);
    this.#rests.set(place, { ms, until: this.clock.elapsed() + ms });
  }

  /** Once it was well for as long as it had been left alone. */
  #forgetRest(place: DirectoryPlace): void {
    const rest = this.#rests.get(place);
    if (rest !== undefined && this.clock.elapsed() > rest.until + rest.ms) this.#rests.delete(place);
  }
}
