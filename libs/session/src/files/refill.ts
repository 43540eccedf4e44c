import type { Proposer } from '../caspaxos/proposer.js';
import { NO_BALLOT } from '../caspaxos/ballot.js';
import type { DirectoryAcceptor } from './directory-acceptor.js';
import type { DirectoryPlace } from './directory-place.js';
import { type MemberFolder, nameOf } from './member-folder.js';

/** Brings directories back in step: one that was away, and one that is empty. */
export class Refill {
  constructor(
    private readonly places: readonly DirectoryPlace[],
    private readonly proposer: Proposer,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Takes over what others have accepted while this directory was away: the late acceptances that they are. What it cannot accept, for it
   * has promised something that came to nothing, is settled by a majority. Rejects when a directory fails on the way.
   */
  async catchUp(place: DirectoryPlace): Promise<void> {
    const own = place.acceptor;
    if (own === undefined) return;
    for (const { acceptor } of this.#others(place)) {
      if (acceptor === undefined) continue;
      for await (const key of acceptor.directory.keys()) {
        if (this.signal.aborted) return;
        await this.#takeOver(key, acceptor, own);
      }
    }
  }

  /**
   * Fills an empty directory that was admitted, from all others, and lets it count then. Before that all others get the next generation, so
   * that whatever was in its place before, and may come back, counts nowhere any more: all that it ever took part in is with one of
   * the others. A server that ends on the way leaves it to the next.
   * @returns whether there was something to fill
   */
  async fill(place: DirectoryPlace): Promise<boolean> {
    const folder = await this.#begin(place);
    if (folder === undefined) return false;
    const own = place.acceptorOf(folder);
    for (const { acceptor } of this.#others(place)) {
      if (acceptor === undefined) return false;
      for await (const key of acceptor.directory.keys()) {
        if (this.signal.aborted) return false;
        const slot = await acceptor.slot(key);
        if (slot !== undefined) await own.restore(key, slot);
      }
    }
    await place.rename(folder, { ...folder, state: 'member' });
    await place.removeAdmission();
    return true;
  }

  /** The folder to fill, once what was there before counts no more. Undefined when it is not admitted, or others are away. */
  async #begin(place: DirectoryPlace): Promise<MemberFolder | undefined> {
    const { folders, isAdmitted } = await place.look();
    const others = this.#others(place).map(({ folder }) => folder);
    const latest = others.reduce((one, other) => ((other?.generation ?? 0) > (one?.generation ?? 0) ? other : one));
    if (latest === undefined || others.includes(undefined)) return undefined;
    const slot = this.#missingSlot(others as MemberFolder[]);
    const begun = folders.find(({ state, group, generation }) => {
      return state === 'filling' && group === latest.group && [0, 1].includes(generation - latest.generation);
    });
    if (begun === undefined && !isAdmitted) return undefined;
    const folder: MemberFolder = begun ?? {
      ...latest,
      slot,
      generation: latest.generation + 1,
      replaced: slot,
      state: 'filling',
    };
    if (folder.slot !== slot) return undefined;
    await place.makeFolder(folder);
    for (const other of this.#others(place)) await this.#raise(other, folder);
    return folder;
  }

  /** From now on the other one counts in the generation of the one that is filled. */
  async #raise(place: DirectoryPlace, { generation, replaced }: MemberFolder): Promise<void> {
    const before = place.folder as MemberFolder;
    if (before.generation === generation) return;
    const next = { ...before, generation, replaced };
    const isThere = async (): Promise<boolean> =>
      (await place.look()).folders.some((one) => nameOf(one) === nameOf(next));
    if (!(await place.rename(before, next)) && !(await isThere()))
      throw new Error('others have changed the directories');
    place.join(next);
  }

  #missingSlot(others: readonly MemberFolder[]): number {
    const taken = others.map(({ slot }) => slot);
    return this.places.findIndex((_, index) => !taken.includes(index + 1)) + 1;
  }

  async #takeOver(key: string, from: DirectoryAcceptor, own: DirectoryAcceptor): Promise<void> {
    const [theirs, ours] = await Promise.all([from.slot(key), own.slot(key)]);
    if (theirs === undefined || ours === undefined) return;
    if (theirs.accepted === NO_BALLOT || theirs.accepted <= ours.accepted) return;
    const reply = await own.answer({ is: 'accept', key, ballot: theirs.accepted, value: theirs.value });
    if (reply.is === 'refused') await this.proposer.read(key);
  }

  #others(place: DirectoryPlace): DirectoryPlace[] {
    return this.places.filter((other) => other !== place);
  }
}
