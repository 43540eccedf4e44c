import type { DirectoryPlace, Sighting } from './directory-place.js';
import { HomeMissingError } from './disk.js';
import { codeOf } from './file-session.errors.js';
import { BEGUN_ALREADY, Founding, ifMissing, MISPLACED, promote, rollOf } from './founding.js';
import { countTogether, founderOf, type MemberFolder } from './member-folder.js';

const WAITS_FOR_ALL = 'the first start needs every directory at once';
const EMPTY_HERE = 'it is empty: mount it, or, if it is a new one, put a file named "admit" into it';
const OUTDATED = 'it was replaced by another one: empty it, and put a file named "admit" into it';
const BEING_FILLED = 'it is being filled';

/** How often a first start is tried at once when another server was faster at some step of it. */
const ATTEMPTS = 5;
const OTHERS_WERE_FASTER: ReadonlySet<string> = new Set([new HomeMissingError().code, BEGUN_ALREADY]);

interface Seen {
  readonly place: DirectoryPlace;
  /** Undefined when it does not answer. */
  readonly sighting: Sighting | undefined;
  /** How it counts, or counted: the latest. */
  readonly member: MemberFolder | undefined;
}

/**
 * Who counts. Has a group begun when all directories are there and none was ever part of one, see `Founding`; afterwards a directory counts by
 * the folder in it alone, which nobody makes where a group is at work already: an empty directory is filled from all others first, see
 * `Refill`.
 */
export class Membership {
  readonly #founding: Founding;
  #assembling: Promise<void> | undefined;

  constructor(private readonly places: readonly DirectoryPlace[]) {
    this.#founding = new Founding(places);
  }

  /** Looks at all directories and decides which of them count. Never rejects. */
  assemble(): Promise<void> {
    this.#assembling ??= this.#assemble().finally(() => {
      this.#assembling = undefined;
    });
    return this.#assembling;
  }

  async #assemble(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const seen = await Promise.all(this.places.map((place) => this.#look(place)));
      const latest = latestMember(seen);
      if (latest !== undefined) {
        await Promise.all(seen.map((one) => this.#decide(one, latest, seen)));
        return;
      }
      if (!(await this.#found(seen, attempt < ATTEMPTS))) return;
    }
  }

  async #look(place: DirectoryPlace): Promise<Seen> {
    try {
      const sighting = await place.look().catch(ifMissing);
      const own = sighting.folders.filter(({ count, state }) => count === this.places.length && state === 'member');
      return { place, sighting, member: latestOf(own) };
    } catch (error) {
      place.leave(codeOf(error));
      return { place, sighting: undefined, member: undefined };
    }
  }

  /** Begins the group. False when that has to wait. */
  async #found(seen: readonly Seen[], mayTryAgain: boolean): Promise<boolean> {
    const answering = seen.filter(({ sighting }) => sighting !== undefined);
    const others = answering.filter(({ sighting }) => sighting?.folders.some(({ count }) => count !== seen.length));
    for (const { place } of answering) place.leave(WAITS_FOR_ALL);
    for (const { place } of others) place.leave(MISPLACED.otherCount);
    if (answering.length < seen.length || others.length > 0) return false;
    const obstacle = await this.#founding.run();
    if (obstacle === undefined || (mayTryAgain && OTHERS_WERE_FASTER.has(obstacle.why))) {
      // Nothing was ever stored that one of them could have missed.
      for (const { place } of seen) place.isInStep();
      return true;
    }
    obstacle.place.leave(obstacle.why);
    return false;
  }

  async #decide({ place, sighting, member }: Seen, latest: MemberFolder, seen: readonly Seen[]): Promise<void> {
    if (sighting === undefined) return;
    try {
      if (member === undefined) return await this.#admitFounder(place, sighting, latest);
      const isTaken = seen.some(
        (other) => other.place !== place && isBefore(other, place, seen) && sameSlot(other, member),
      );
      if (isTaken) return place.leave('another path leads to the same directory');
      if (member.group !== latest.group) return place.leave('it belongs to other servers');
      if (countTogether(member, latest)) return place.join(member);
      if (member.generation !== latest.generation - 1 || member.slot === latest.replaced) return place.leave(OUTDATED);
      // Another server is having an empty directory filled, and has not come to this one yet.
      const next = { ...latest, slot: member.slot };
      await place.rename(member, next);
      place.join(next);
    } catch (error) {
      place.leave(codeOf(error));
    }
  }

  /** A directory that is no member yet: it is one from now on if a first start that was cut short has had it hold the roll. */
  async #admitFounder(place: DirectoryPlace, sighting: Sighting, latest: MemberFolder): Promise<void> {
    const roll = sighting.marks.length > 0 && latest.generation === 1 ? await rollOf(place) : undefined;
    const slot = 1 + (roll?.findIndex((identity) => sighting.marks.includes(identity)) ?? -1);
    if (roll === undefined || slot === 0) return place.leave(reasonOf(sighting));
    const founder = founderOf(roll, slot);
    if (founder.group !== latest.group) return place.leave('it belongs to other servers');
    await promote(place, roll, slot);
    if ((await place.look()).folders.some((folder) => sameFolder(folder, founder))) place.join(founder);
  }
}

function latestOf(folders: readonly MemberFolder[]): MemberFolder | undefined {
  return folders.toSorted((a, b) => b.generation - a.generation)[0];
}

/** The latest folder of the group that most directories belong to; of two of one generation, the one that more count together with. */
function latestMember(seen: readonly Seen[]): MemberFolder | undefined {
  const members = seen.flatMap(({ member }) => member ?? []);
  const sizeOf = ({ group }: MemberFolder): number => members.filter((other) => other.group === group).length;
  const together = (one: MemberFolder): number => members.filter((other) => countTogether(one, other)).length;
  return members.toSorted(
    (a, b) => sizeOf(b) - sizeOf(a) || b.generation - a.generation || together(b) - together(a),
  )[0];
}

function sameFolder(one: MemberFolder, other: MemberFolder): boolean {
  return countTogether(one, other) && one.slot === other.slot && one.state === other.state;
}

function sameSlot({ member }: Seen, { group, slot }: MemberFolder): boolean {
  return member !== undefined && member.group === group && member.slot === slot;
}

function isBefore(one: Seen, place: DirectoryPlace, seen: readonly Seen[]): boolean {
  return seen.indexOf(one) < seen.findIndex((other) => other.place === place);
}

function reasonOf({ folders, isAdmitted }: Sighting): string {
  return isAdmitted || folders.some(({ state }) => state === 'filling') ? BEING_FILLED : EMPTY_HERE;
}
