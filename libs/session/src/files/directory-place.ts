import { join } from 'node:path';
import type { RegisterReply, RegisterRequest } from '../caspaxos/acceptor-group.js';
import { CallGate } from './call-gate.js';
import { type Abstention, DirectoryAcceptor } from './directory-acceptor.js';
import { Disk } from './disk.js';
import { codeOf } from './file-session.errors.js';
import { folderOf, identityIn, markPathOf, type MemberFolder, nameOf, pathOf } from './member-folder.js';
import { SessionDirectory } from './session-directory.js';

/** Its presence says that an empty directory is meant to be filled, and is no mount point without its mount. */
export const ADMISSION = 'admit';

/** What was seen at a directory's path. */
export interface Sighting {
  readonly folders: readonly MemberFolder[];
  /** The identities under which a first start has marked it. */
  readonly marks: readonly string[];
  readonly isAdmitted: boolean;
}

/** What a directory needs of the options. */
export interface PlaceSettings {
  readonly capacity: number;
  readonly leaseMs: number;
  readonly deadlineMs: number;
}

/** One of several directories: what is at its path now, and whether it counts. */
export class DirectoryPlace {
  readonly disk: Disk;
  readonly #gate: CallGate;
  #folder: MemberFolder | undefined;
  #acceptor: DirectoryAcceptor | undefined;
  #problem: string | undefined;

  constructor(
    readonly root: string,
    private readonly settings: PlaceSettings,
  ) {
    this.#gate = new CallGate(settings.capacity, settings.deadlineMs);
    this.disk = new Disk(this.#gate, { keepsNames: true });
  }

  /** How it counts; undefined while it does not. */
  get folder(): MemberFolder | undefined {
    return this.#folder;
  }

  /** Undefined while it does not count. */
  get acceptor(): DirectoryAcceptor | undefined {
    return this.#acceptor;
  }

  /** Why it does not count, or what a call failed with since it was in step: something may have been stored without it. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** How many of its calls have no answer although they should. */
  get stuckCalls(): number {
    return this.#gate.stuck;
  }

  /** What is at its path. Rejects when that does not answer. */
  async look(): Promise<Sighting> {
    const names = await this.disk.list(this.root);
    return {
      folders: names.flatMap((name) => folderOf(name) ?? []),
      marks: names.flatMap((name) => identityIn(name) ?? []),
      isAdmitted: names.includes(ADMISSION),
    };
  }

  /** It counts from now on, as this folder. */
  join(folder: MemberFolder): void {
    if (this.#folder !== undefined && nameOf(folder) === nameOf(this.#folder)) return;
    this.#folder = folder;
    this.#acceptor = this.acceptorOf(folder);
  }

  /** It does not count, and why. */
  leave(problem: string): void {
    this.#folder = undefined;
    this.#acceptor = undefined;
    this.note(problem);
  }

  /** A call has failed: what it was about may be missing here. */
  note(problem: string): void {
    this.#problem = problem;
  }

  /** Everything that others have is here; calls did not fail since. */
  isInStep(): void {
    this.#problem = undefined;
  }

  /** The sessions below a folder of this directory, whether it counts or not. */
  acceptorOf(folder: MemberFolder): DirectoryAcceptor {
    return new DirectoryAcceptor(this.directoryAt(pathOf(this.root, folder)));
  }

  /** A folder of this directory, as one of sessions. It has to be there already. */
  directoryAt(home: string): SessionDirectory {
    return new SessionDirectory(this.diskOf(home), home, this.settings.leaseMs);
  }

  /** What is below a folder of this directory, which has to be there already. */
  diskOf(home: string): Disk {
    return new Disk(this.#gate, { home, keepsNames: true });
  }

  /** Gives a folder its next name. False when it has been given it already, or has gone. */
  rename(from: MemberFolder, to: MemberFolder): Promise<boolean> {
    return this.#rename(pathOf(this.root, from), pathOf(this.root, to));
  }

  /** Makes the mark of an identity a member's folder. False when it is one already, or is not here. */
  renameMark(identity: string, to: MemberFolder): Promise<boolean> {
    return this.#rename(markPathOf(this.root, identity), pathOf(this.root, to));
  }

  async #rename(from: string, to: string): Promise<boolean> {
    try {
      await this.disk.rename(from, to);
      await this.disk.keepNames(this.root);
      return true;
    } catch (error) {
      if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) return false;
      throw error;
    }
  }

  makeFolder(folder: MemberFolder): Promise<void> {
    return this.disk.makeDirectory(pathOf(this.root, folder));
  }

  removeAdmission(): Promise<void> {
    return this.disk.remove(join(this.root, ADMISSION));
  }

  /** Asks its acceptor. Rejects when its file system fails. */
  async ask(request: RegisterRequest): Promise<RegisterReply | Abstention> {
    return this.#acceptor?.answer(request) ?? { is: 'cannot', why: this.#problem ?? 'it does not count yet' };
  }
}
