import { join } from 'node:path';

/**
 * What a directory is to its group, as the name of the folder that all its sessions are in:
 * `<group>-<slot>of<count>-<generation>r<replaced>`. A folder that is not there any more, or not yet, answers nothing: so nobody takes a bare
 * mount point, another group's disk, or one that was replaced, for a directory without these sessions.
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
  /** `founding`, `filling`: it does not count yet. */
  readonly state: 'member' | 'founding' | 'filling';
}

const NAME = /^([0-9a-f]{16})-(\d)of(\d)-(\d{1,9})r(\d)(?:\.(founding|filling))?$/;

/** The folder that a name stands for; undefined when it is none of ours. */
export function folderOf(name: string): MemberFolder | undefined {
  const [, group, slot, count, generation, replaced, state] = NAME.exec(name) ?? [];
  if (group === undefined) return undefined;
  return {
    group,
    slot: Number(slot),
    count: Number(count),
    generation: Number(generation),
    replaced: Number(replaced),
    state: state === 'founding' || state === 'filling' ? state : 'member',
  };
}

export function nameOf({ group, slot, count, generation, replaced, state }: MemberFolder): string {
  return `${group}-${slot}of${count}-${generation}r${replaced}${state === 'member' ? '' : `.${state}`}`;
}

export function pathOf(root: string, folder: MemberFolder): string {
  return join(root, nameOf(folder));
}
