import type { Proposer } from '../caspaxos/proposer.js';
import { NO_BALLOT } from '../caspaxos/ballot.js';
import type { DirectoryAcceptor } from './directory-acceptor.js';
import type { DirectoryPlace } from './directory-place.js';
import { codeOf } from './file-session.errors.js';
import { countTogether, type MemberFolder, newIdentity, pathOf } from './member-folder.js';

/** Brings directories back in step: one that was away, and one that is empty. */
export class Refill {
  constructor(
    private readonly places: readonly DirectoryPlace[],
    private readonly proposer: Proposer,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Takes over what others have accepted while this directory was away: the late acceptances that they are. What it cannot accept, for it
   * has promised something that came to nothing, is settled by a majority. Rejects when this directory fails; another one that does gets the
   * blame itself.
   * @returns whether all of it was taken over
   */
  async catchUp(place: DirectoryPlace): Promise<boolean> {
    const own = place.acceptor;
    if (own === undefined) return false;
    let isComplete = true;
    for (const other of this.#others(place)) {
      const { acceptor } = other;
      if (acceptor === undefined) continue;
      try {
        for await (const key of blaming(other, acceptor.directory.keys())) {
          if (this.signal.aborted) return false;
          await this.#takeOver(key, other, acceptor, own);
        }
      } catch (error) {
        if (!(error instanceof OtherFailedError)) throw error;
        error.place.note(error.why);
        isComplete = false;
      }
    }
    return isComplete;
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
    const others = this.#others(place).flatMap((other) => other.folder ?? []);
    const [first] = others;
    if (!isAdmitted || first === undefined || others.length < this.places.length - 1) return undefined;
    const slot = this.#missingSlot(others);
    const folder = begunIn(folders, first, slot) ?? next(first, slot);
    await place.makeFolder(folder);
    try {
      // By their slots: of two machines with different directories to admit, the first decides for all.
      for (const other of this.#others(place).toSorted(bySlot)) await this.#raise(other, folder);
    } catch (error) {
      // Another one was chosen: this one is void, for none of those that count has its replacement.
      if (error instanceof OvertakenError) await place.disk.removeFolderQuietly(pathOf(place.root, folder));
      throw error;
    }
    return folder;
  }

  /** From now on the other one counts in the generation of the one that is filled, and of no other that was begun meanwhile. */
  async #raise(place: DirectoryPlace, folder: MemberFolder): Promise<void> {
    const before = place.folder;
    if (before === undefined) throw new OvertakenError();
    // Whoever has renamed it may not have come further.
    if (countTogether(before, folder)) return place.disk.keepNames(place.root);
    const raised: MemberFolder = { ...folder, slot: before.slot, state: 'member' };
    const isThere = async (): Promise<boolean> =>
      (await place.look()).folders.some((one) => one.slot === raised.slot && countTogether(one, raised));
    const isNext = before.generation === folder.generation - 1;
    if (!(isNext && (await place.rename(before, raised))) && !(await isThere())) {
      throw new OvertakenError();
    }
    place.join(raised);
  }

  #missingSlot(others: readonly MemberFolder[]): number {
    const taken = others.map(({ slot }) => slot);
    return this.places.findIndex((_, index) => !taken.includes(index + 1)) + 1;
  }

  async #takeOver(
    key: string,
    from: DirectoryPlace,
    acceptor: DirectoryAcceptor,
    own: DirectoryAcceptor,
  ): Promise<void> {
    const reading = acceptor.slot(key).catch((error: unknown) => {
      throw new OtherFailedError(from, codeOf(error));
    });
    const [theirs, ours] = await Promise.all([reading, own.slot(key)]);
    if (theirs === undefined || ours === undefined) return;
    if (theirs.accepted === NO_BALLOT || theirs.accepted <= ours.accepted) return;
    const reply = await own.answer({ is: 'accept', key, ballot: theirs.accepted, value: theirs.value });
    if (reply.is === 'refused') await this.proposer.read(key);
  }

  #others(place: DirectoryPlace): DirectoryPlace[] {
    return this.places.filter((other) => other !== place);
  }
}

/** Another directory than the one that is brought back has failed. */
class OtherFailedError extends Error {
  constructor(
    readonly place: DirectoryPlace,
    readonly why: string,
  ) {
    super(why);
  }
}

/** The same keys; an error on the way is that of the place. */
async function* blaming(place: DirectoryPlace, keys: AsyncIterator<string>): AsyncGenerator<string> {
  for (;;) {
    const found = await keys.next().catch((error: unknown) => {
      throw new OtherFailedError(place, codeOf(error));
    });
    if (found.done === true) return;
    yield found.value;
  }
}

class OvertakenError extends Error {
  readonly code = 'others have changed the directories';
}

/** What was begun in an empty directory: not yet with any other one, or with all that count now. Any other one is void. */
function begunIn(folders: readonly MemberFolder[], latest: MemberFolder, slot: number): MemberFolder | undefined {
  return folders
    .filter((folder) => folder.state === 'filling' && folder.replacement !== '' && isFor(folder, latest, slot))
    .toSorted((a, b) => a.generation - b.generation)
    .find((folder) => countTogether(folder, latest) || folder.generation === latest.generation + 1);
}

function isFor({ group, slot, replaced }: MemberFolder, latest: MemberFolder, missing: number): boolean {
  return group === latest.group && slot === missing && replaced === missing;
}

function next(latest: MemberFolder, slot: number): MemberFolder {
  const generation = latest.generation + 1;
  return { ...latest, slot, generation, replaced: slot, replacement: newIdentity(), state: 'filling' };
}

function bySlot(one: DirectoryPlace, other: DirectoryPlace): number {
  return (one.folder?.slot ?? 0) - (other.folder?.slot ?? 0);
}
