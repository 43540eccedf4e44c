import type { RegisterReply, RegisterRequest } from '../caspaxos/acceptor-group.js';
import { type Ballot, isBallot, laterOf, NO_BALLOT } from '../caspaxos/ballot.js';
import { EMPTY, isRegisterText, type RegisterText } from '../caspaxos/register.js';
import type { SessionDirectory } from './session-directory.js';
import type { Decision } from './session-file.js';

/** What one directory holds of one register. */
export interface Slot {
  readonly promised: Ballot;
  readonly accepted: Ballot;
  readonly value: RegisterText;
}

/** Nothing was ever promised or accepted. */
export const BLANK: Slot = { promised: NO_BALLOT, accepted: NO_BALLOT, value: EMPTY };

/** An answer that is no part in a decision. */
export interface Abstention {
  readonly is: 'cannot';
  readonly why: string;
}

/** What a file is called that is no slot, or is being removed. */
const UNREADABLE: Abstention = { is: 'cannot', why: 'what is stored cannot be read' };

const FORMAT = 'A';
const BALLOT_LENGTH = 36;
const PROMISED_END = FORMAT.length + BALLOT_LENGTH;
const ACCEPTED_END = PROMISED_END + BALLOT_LENGTH;

/** A slot as a file holds it: `A`, promised and accepted ballot (36 characters each, blank for none), value. */
export function slotText({ promised, accepted, value }: Slot): string {
  return FORMAT + promised.padEnd(BALLOT_LENGTH) + accepted.padEnd(BALLOT_LENGTH) + value;
}

/** What a file holds; undefined when it is no slot. Without a file it is a blank one. */
export function slotIn(stored: string | null): Slot | undefined {
  if (stored === null) return BLANK;
  if (!stored.startsWith(FORMAT)) return undefined;
  const promised = stored.slice(FORMAT.length, PROMISED_END).trimEnd();
  const accepted = stored.slice(PROMISED_END, ACCEPTED_END).trimEnd();
  const value = stored.slice(ACCEPTED_END);
  return isBallot(promised) && isBallot(accepted) && isRegisterText(value) ? { promised, accepted, value } : undefined;
}

/**
 * One directory's vote: the acceptor of CASPaxos, one for each register, with a file for its memory. The files' turns make each
 * answer one step, whatever processes give it: a promise or an acceptance is on the disk before it is told.
 */
export class DirectoryAcceptor {
  constructor(readonly directory: SessionDirectory) {}

  /** Rejects when the file system fails; nobody knows then whether it was done. */
  answer(request: RegisterRequest): Promise<RegisterReply | Abstention> {
    switch (request.is) {
      case 'read':
        return this.#read(request.key);
      case 'prepare':
        return this.#change(request.key, (slot) => prepare(slot, request.ballot));
      default:
        return this.#change(request.key, (slot) => accept(slot, request.ballot, request.value));
    }
  }

  /** What is held; undefined when it cannot be read. */
  async slot(key: string): Promise<Slot | undefined> {
    return slotIn(await this.directory.file(key).read());
  }

  /** Takes over what another directory has promised and accepted, into a memory that has not counted yet. */
  async restore(key: string, other: Slot): Promise<void> {
    await this.#change(key, (slot) => {
      const { accepted, value } = other.accepted > slot.accepted ? other : slot;
      const promised = laterOf(slot.promised, other.promised);
      const isNew = promised !== slot.promised || accepted !== slot.accepted;
      return { answer: { is: 'accepted' }, ...(isNew && { write: slotText({ promised, accepted, value }) }) };
    });
  }

  async #read(key: string): Promise<RegisterReply | Abstention> {
    const slot = await this.slot(key);
    return slot === undefined ? UNREADABLE : held(slot);
  }

  #change(key: string, decide: (slot: Slot) => Decision<RegisterReply>): Promise<RegisterReply | Abstention> {
    return this.directory.file(key).change<RegisterReply | Abstention>((stored) => {
      const slot = slotIn(stored);
      return slot === undefined ? { answer: UNREADABLE } : decide(slot);
    });
  }
}

function prepare(slot: Slot, ballot: Ballot): Decision<RegisterReply> {
  if (slot.promised > ballot) return { answer: { is: 'refused', ballot: slot.promised } };
  return { answer: held(slot), ...(slot.promised !== ballot && { write: slotText({ ...slot, promised: ballot }) }) };
}

function accept(slot: Slot, ballot: Ballot, value: RegisterText): Decision<RegisterReply> {
  if (slot.promised > ballot) return { answer: { is: 'refused', ballot: slot.promised } };
  if (slot.accepted === ballot) return { answer: { is: 'accepted' } };
  return { answer: { is: 'accepted' }, write: slotText({ promised: ballot, accepted: ballot, value }) };
}

function held({ accepted, value }: Slot): RegisterReply {
  return { is: 'held', ballot: accepted, value };
}
