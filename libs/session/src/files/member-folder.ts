import { hash, randomBytes } from 'node:crypto';
import { join } from 'node:path';

/**
 * What a directory is to its group, as the name of the folder that all its sessions are in:
 * `<group>-<slot>of<count>-<generation>r<replaced>-<replacement>`. A folder that is not there any more, or not yet, answers nothing: so nobody
 * takes a bare mount point, another group's disk, or one that was replaced, for a directory without these sessions. No such folder is made
 * under its name: it is one that was made under a random name (`newIdentity`), so that there is one of it at all machines together.
 */
export interface MemberFolder {
  readonly group: string;
  /** Which of the directories it is, from 1. */
  readonly slot: number;
  readonly count: number;
  /** One more each time a directory is replaced by an empty one. All that count together have the same. */
  readonly generation: number;
  /** The slot that was replaced when this generation began; 0 in the first. */
  readonly replaced: number;
  /** The identity of the directory that took its place then; empty in the first generation. All that count together have the same. */
  readonly replacement: string;
  /** `filling`: it does not count yet. */
  readonly state: 'member' | 'filling';
}

const NAME = /^([0-9a-f]{16})-(\d)of(\d)-(\d{1,9})r(\d)(?:-([0-9a-f]{16}))?(\.filling)?$/;
const IDENTITY = /^[0-9a-f]{16}$/;
const MARK_SUFFIX = '.founding';

/** The folder that a name stands for; undefined when it is none of ours. */
export function folderOf(name: string): MemberFolder | undefined {
  const [, group, slot, count, generation, replaced, replacement = '', filling] = NAME.exec(name) ?? [];
  if (group === undefined) return undefined;
  return {
    group,
    slot: Number(slot),
    count: Number(count),
    generation: Number(generation),
    replaced: Number(replaced),
    replacement,
    state: filling === undefined ? 'member' : 'filling',
  };
}

/** The name that `folderOf` reads. */
export function nameOf({ group, slot, count, generation, replaced, replacement, state }: MemberFolder): string {
  const epoch = `${generation}r${replaced}${replacement && `-${replacement}`}`;
  return `${group}-${slot}of${count}-${epoch}${state === 'member' ? '' : `.${state}`}`;
}

/** Where the folder is in a directory. */
export function pathOf(root: string, folder: MemberFolder): string {
  return join(root, nameOf(folder));
}

/** Whether two folders count together: the same group, generation and replacement. */
export function countTogether(one: MemberFolder, other: MemberFolder): boolean {
  return one.group === other.group && one.generation === other.generation && one.replacement === other.replacement;
}

/** A name that nobody else has drawn: 16 digits. */
export function newIdentity(): string {
  return randomBytes(8).toString('hex');
}

/** The folder that marks a directory as one of a group that begins, and becomes its member folder: `<identity>.founding`. */
export function markPathOf(root: string, identity: string): string {
  return join(root, identity + MARK_SUFFIX);
}

/** The identity in a mark's name; undefined when it is no mark. */
export function identityIn(name: string): string | undefined {
  const identity = name.slice(0, -MARK_SUFFIX.length);
  return name.endsWith(MARK_SUFFIX) && IDENTITY.test(identity) ? identity : undefined;
}

/** The identities of all directories of a group, in their order. */
export type Roll = readonly string[];

/** A roll as the file `group` of every directory holds it. */
export function rollText(roll: Roll): string {
  return roll.join('\n');
}

/** What a file holds; undefined when it is no roll. */
export function rollIn(text: string): Roll | undefined {
  const roll = text.split('\n');
  return roll.every((identity) => IDENTITY.test(identity)) ? roll : undefined;
}

/** The folder that a directory of a roll has when its group begins. The group is named after the roll: no other roll has its name. */
export function founderOf(roll: Roll, slot: number): MemberFolder {
  const group = hash('sha256', rollText(roll), 'hex').slice(0, 16);
  return { group, slot, count: roll.length, generation: 1, replaced: 0, replacement: '', state: 'member' };
}
