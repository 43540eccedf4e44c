import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Draft } from './draft.js';
import type { DirectoryPlace, Sighting } from './directory-place.js';
import { codeOf } from './file-session.errors.js';
import type { MemberFolder } from './member-folder.js';

/** Holds the name of a group from the moment on in which the first server began it. */
const GROUP_FILE = 'group';
const GROUP = /^[0-9a-f]{16}$/;

const WAITS_FOR_ALL = 'the first start needs every directory at once';
const EMPTY_HERE = 'it is empty: mount it, or, if it is a new one, put a file named "admit" into it';
const OUTDATED = 'it was replaced by another one: empty it, and put a file named "admit" into it';
const BEING_FILLED = 'it is being filled';

interface Seen {
  readonly place: DirectoryPlace;
  /** Undefined when it does not answer. */
  readonly sighting: Sighting | undefined;
  /** How it counts, or counted: the latest. */
  readonly member: MemberFolder | undefined;
}

/**
 * Who counts. Begins a group when all directories are there and none was ever part of one; afterwards a directory counts by the folder in it
 * alone, which nobody makes where a group is at work already: an empty directory is filled from all others first, see `Refill`.
 */
export class Membership {
  #assembling: Promise<void> | undefined;

  constructor(private readonly places: readonly DirectoryPlace[]) {}

  /** Looks at all directories and decides which of them count. Never rejects. */
  assemble(): Promise<void> {
    this.#assembling ??= this.#assemble().finally(() => {
      this.#assembling = undefined;
    });
    return this.#assembling;
  }

  async #assemble(): Promise<void> {
    const seen = await Promise.all(this.places.map((place) => this.#look(place)));
    const latest = latestMember(seen);
    if (latest === undefined || isBeingFounded(seen, latest)) await this.#found(seen);
    else await Promise.all(seen.map((one) => this.#decide(one, latest, seen)));
  }

  async #look(place: DirectoryPlace): Promise<Seen> {
    try {
      const { folders, isAdmitted } = await place.look().catch(ifMissing);
      const sighting = { isAdmitted, folders: folders.filter(({ count }) => count === this.places.length) };
      return { place, sighting, member: latestOf(sighting.folders.filter(({ state }) => state === 'member')) };
    } catch (error) {
      place.leave(codeOf(error));
      return { place, sighting: undefined, member: undefined };
    }
  }

  async #decide({ place, sighting, member }: Seen, latest: MemberFolder, seen: readonly Seen[]): Promise<void> {
    if (sighting === undefined) return;
    if (member === undefined) return place.leave(reasonOf(sighting));
    const isTaken = seen.some(
      (other) => other.place !== place && isBefore(other, place, seen) && sameSlot(other, member),
    );
    if (isTaken) return place.leave('another path leads to the same directory');
    if (member.group !== latest.group) return place.leave('it belongs to other servers');
    if (member.generation === latest.generation) return place.join(member);
    if (member.generation !== latest.generation - 1 || member.slot === latest.replaced) return place.leave(OUTDATED);
    // Another server is having an empty directory filled, and has not come to this one yet.
    const next = { ...member, generation: latest.generation, replaced: latest.replaced };
    try {
      await place.rename(member, next);
      place.join(next);
    } catch (error) {
      place.leave(codeOf(error));
    }
  }

  /** Begins the group, or goes on where another server, or a start that was cut short, has begun. */
  async #found(seen: readonly Seen[]): Promise<void> {
    if (seen.some(({ sighting }) => sighting === undefined)) {
      for (const { place, sighting } of seen) if (sighting !== undefined) place.leave(WAITS_FOR_ALL);
      return;
    }
    const [first] = this.places as [DirectoryPlace];
    let group = '';
    await this.#each(async (place, slot) => {
      group ||= await groupIn(first);
      await mark(place, this.#founder(group, slot));
    });
    // Nobody counts before all are marked: from here on none of them is taken for a new one.
    await this.#each(async (place, slot) => {
      const folder = this.#founder(group, slot);
      await place.rename({ ...folder, state: 'founding' }, folder);
      place.join(folder);
      place.isInStep();
    });
  }

  #founder(group: string, slot: number): MemberFolder {
    return { group, slot, count: this.places.length, generation: 1, replaced: 0, state: 'member' };
  }

  /** One after the other; where one fails, all wait for the next time. */
  async #each(work: (place: DirectoryPlace, slot: number) => Promise<void>): Promise<void> {
    for (const [index, place] of this.places.entries()) {
      try {
        await work(place, index + 1);
      } catch (error) {
        for (const other of this.places) if (other.folder === undefined) other.leave(WAITS_FOR_ALL);
        place.leave(codeOf(error));
        return;
      }
    }
  }
}

/** Tries a directory out and marks it as one of a group that begins, unless it is marked already. */
async function mark(place: DirectoryPlace, folder: MemberFolder): Promise<void> {
  const own = (await place.look().catch(ifMissing)).folders.filter(({ count }) => count === folder.count);
  if (own.some((other) => other.group !== folder.group || other.slot !== folder.slot)) throw new MixedUpError();
  if (own.length > 0) return;
  const founding: MemberFolder = { ...folder, state: 'founding' };
  await place.makeFolder(founding);
  await place.acceptorOf(founding).directory.tryOut();
}

/** There may be nothing yet. */
function ifMissing(error: unknown): Sighting {
  if (codeOf(error) === 'ENOENT') return { folders: [], isAdmitted: false };
  throw error;
}

class MixedUpError extends Error {
  readonly code = 'the directories belong to different groups, are listed in another order, or are one and the same';
}

function latestOf(folders: readonly MemberFolder[]): MemberFolder | undefined {
  return folders.toSorted((a, b) => b.generation - a.generation)[0];
}

/** The latest folder of the group that most directories belong to. */
function latestMember(seen: readonly Seen[]): MemberFolder | undefined {
  const members = seen.flatMap(({ member }) => member ?? []);
  const sizeOf = ({ group }: MemberFolder): number => members.filter((other) => other.group === group).length;
  const most = Math.max(...members.map(sizeOf));
  return latestOf(members.filter((member) => sizeOf(member) === most));
}

/** Whether all are marked, but not all of them know yet that all are. */
function isBeingFounded(seen: readonly Seen[], { group, generation }: MemberFolder): boolean {
  const own = seen.map(({ sighting }) => sighting?.folders ?? []);
  const isMarked = own.every((folders) =>
    folders.some((folder) => folder.group === group && folder.state !== 'filling'),
  );
  return generation === 1 && isMarked && own.some((folders) => folders.some(({ state }) => state === 'founding'));
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

/** The name of the group, which the first to ask has chosen. */
async function groupIn({ disk, root }: DirectoryPlace): Promise<string> {
  const file = join(root, GROUP_FILE);
  for (;;) {
    const group = await disk.read(file);
    if (group !== null && GROUP.test(group)) return group;
    const draft = await Draft.write(disk, file, randomBytes(8).toString('hex'));
    try {
      await draft.linkTo(file);
    } finally {
      await draft.discard();
    }
  }
}
