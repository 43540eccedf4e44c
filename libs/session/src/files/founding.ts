import { join } from 'node:path';
import type { DirectoryPlace, Sighting } from './directory-place.js';
import { Draft } from './draft.js';
import { codeOf } from './file-session.errors.js';
import { founderOf, markPathOf, newIdentity, type Roll, rollIn, rollText } from './member-folder.js';

/** Holds the roll of the group, from the moment on in which it was published. */
const GROUP_FILE = 'group';

/** Why a group cannot begin, or a directory not be part of it, until somebody has put it right: a start ends with it. */
export const MISPLACED = {
  foreignFile: 'a file named "group" is there that is not ours: take another directory, or remove the file',
  otherCount: 'it belongs to a group of another number of directories: list those, or empty all of them',
  mixedUp: 'the directories belong to different groups, are listed in another order, or are one and the same',
} as const;

/** A server that was faster has begun the group meanwhile, or what is here belongs to another one. */
export const BEGUN_ALREADY = 'a group is at work here already';
const NOT_THE_ONE = 'the first start was begun with another directory in its place: mount it, or empty all of them';

/** What a directory cannot be to the group that begins. */
export class MisplacedError extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** Why a first start has to wait, and for which directory. */
export interface Obstacle {
  readonly place: DirectoryPlace;
  readonly why: string;
}

/**
 * The first start. Every directory is marked by a folder with a random name, its identity. The list of all identities, the roll, is published once:
 * it is the file `group` of the first directory, made in one step, whoever else tries. Then it is copied to all others, each of which holds
 * one roll for good. Only when all of them hold it do the marks become member folders: whatever is at a directory's path at another
 * machine, such as a bare mount point, has another identity, and is no member.
 */
export class Founding {
  constructor(private readonly places: readonly DirectoryPlace[]) {}

  /** Begins the group, or goes on where another server, or a start that was cut short, has begun. Never rejects. */
  async run(): Promise<Obstacle | undefined> {
    let roll: Roll = [];
    const marks: string[] = [];
    const [first] = this.places as [DirectoryPlace];
    return (
      (await this.#each(async (place) => {
        roll = roll.length > 0 ? roll : ((await rollOf(first)) ?? []);
        if (roll.length === 0) marks.push(await mark(place));
      })) ??
      (await this.#each(async (place, slot) => {
        if (roll.length === 0) roll = await publish(first, marks);
        if (roll.length !== this.places.length) throw new MisplacedError(MISPLACED.otherCount);
        await enrol(place, roll, slot);
      })) ??
      // Nobody counts before all hold the roll: from here on none of them can be part of another one.
      this.#each((place, slot) => promote(place, roll, slot))
    );
  }

  /** One after the other, up to the first that fails. */
  async #each(work: (place: DirectoryPlace, slot: number) => Promise<void>): Promise<Obstacle | undefined> {
    for (const [index, place] of this.places.entries()) {
      try {
        await work(place, index + 1);
      } catch (error) {
        return { place, why: codeOf(error) };
      }
    }
    return undefined;
  }
}

/** The roll that a directory holds; undefined when it holds none. */
export async function rollOf({ disk, root }: DirectoryPlace): Promise<Roll | undefined> {
  const text = await disk.read(join(root, GROUP_FILE)).catch((error: unknown) => {
    if (codeOf(error) === 'EISDIR' || codeOf(error) === 'ELOOP') return '';
    throw error;
  });
  if (text === null) return undefined;
  const roll = rollIn(text);
  if (roll === undefined) throw new MisplacedError(MISPLACED.foreignFile);
  return roll;
}

/** Gives the directory its first name as a member, if its mark is here. */
export async function promote(place: DirectoryPlace, roll: Roll, slot: number): Promise<void> {
  await place.renameMark(roll[slot - 1] as string, founderOf(roll, slot));
}

/** Nothing that anybody has made. There may be no directory yet. */
export function ifMissing(error: unknown): Sighting {
  if (codeOf(error) === 'ENOENT') return { folders: [], marks: [], isAdmitted: false };
  throw error;
}

/** Tries a directory out and gives it an identity, unless it has one already. */
async function mark(place: DirectoryPlace): Promise<string> {
  const { folders, marks } = await place.look().catch(ifMissing);
  if (folders.length > 0) throw new MisplacedError(BEGUN_ALREADY);
  const identity = marks.toSorted()[0] ?? newIdentity();
  const path = markPathOf(place.root, identity);
  if (marks.length === 0) await place.disk.makeDirectory(path);
  await place.directoryAt(path).tryOut();
  return identity;
}

/** Makes the roll of these marks that of the group, unless there is one. @returns the one that it is */
async function publish(first: DirectoryPlace, marks: Roll): Promise<Roll> {
  if (new Set(marks).size < marks.length) throw new MisplacedError(MISPLACED.mixedUp);
  return copyRoll(first, marks, marks[0] as string);
}

/** Has a directory hold the roll, if its identity is where the roll has it, and it holds no other. */
async function enrol(place: DirectoryPlace, roll: Roll, slot: number): Promise<void> {
  const { folders, marks } = await place.look().catch(ifMissing);
  const founder = founderOf(roll, slot);
  if (folders.some(({ group, slot: other }) => group === founder.group && other === slot)) return;
  if (folders.length > 0) throw new MisplacedError(BEGUN_ALREADY);
  const identity = roll[slot - 1] as string;
  if (marks.some((other) => other !== identity && roll.includes(other))) throw new MisplacedError(MISPLACED.mixedUp);
  if (!marks.includes(identity)) throw new MisplacedError(NOT_THE_ONE);
  const held = await copyRoll(place, roll, identity);
  if (rollText(held) !== rollText(roll)) throw new MisplacedError(MISPLACED.mixedUp);
  // Marks that came to nothing: another server was faster.
  for (const other of marks)
    if (other !== identity) await place.disk.removeFolderQuietly(markPathOf(place.root, other));
}

/** Puts the roll beside a mark in one step, unless there is one. @returns the one that is there then */
async function copyRoll(place: DirectoryPlace, roll: Roll, identity: string): Promise<Roll> {
  const held = await rollOf(place);
  if (held !== undefined) return held;
  // Written below the mark: on another disk than the marked one there is nothing to link.
  const within = markPathOf(place.root, identity);
  const draft = await Draft.write(place.diskOf(within), join(within, GROUP_FILE), rollText(roll));
  try {
    await draft.linkTo(join(place.root, GROUP_FILE));
    await place.disk.keepNames(place.root);
  } finally {
    await draft.discard();
  }
  return (await rollOf(place)) ?? copyRoll(place, roll, identity);
}
