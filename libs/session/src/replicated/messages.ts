import type { RegisterReply, RegisterRequest } from '../caspaxos/acceptor-group.js';
import { type Ballot, isBallot } from '../caspaxos/ballot.js';
import { isRegisterText, type RegisterText } from '../caspaxos/register.js';

/** What a peer is: without a memory since its start, or holding the sessions. `replaced`: a later process runs under its name. */
export type PeerState = 'blank' | 'serving' | 'replaced';

/** What one peer asks another. */
export type Request =
  | StatusMessage
  | RegisterRequest
  /** What has changed since a point in the other's own count of changes, 0 for everything. */
  | { readonly is: 'heads'; readonly since: number }
  | { readonly is: 'fetch'; readonly keys: readonly string[] };

/** What the other answers. */
export type Reply =
  | StatusMessage
  | RegisterReply
  | HeadsReply
  /** The registers of the first so many keys that were asked for, without those that are not there. */
  | { readonly is: 'slots'; readonly slots: readonly HeldRegister[]; readonly asked: number }
  | { readonly is: 'cannot'; readonly why: 'joining' | 'full' | 'replaced' };

export interface StatusMessage {
  readonly is: 'status';
  readonly state: PeerState;
  /** The incarnations that began together with nothing, as far as the sender knows. */
  readonly founders: readonly number[] | null;
}

export interface HeadsReply {
  readonly is: 'heads';
  readonly heads: readonly Head[];
  /** Ask from here next. */
  readonly upTo: number;
  readonly more: boolean;
  /** Below this ballot the sender takes part in nothing about a register that it does not hold. */
  readonly floor: Ballot;
}

/** Key, promised ballot, accepted ballot. */
export type Head = readonly [key: string, promised: Ballot, accepted: Ballot];
export type HeldRegister = readonly [key: string, accepted: Ballot, value: RegisterText];

/** A message as it travels: with the latest incarnation of every peer that the sender knows of, its own among them. */
export interface Parcel<T> {
  readonly vector: readonly number[];
  readonly body: T;
}

/** The way to the other peers. */
export interface Transport {
  /**
   * The answer of a peer. Rejects when the peer cannot be reached, is lost, or does not answer in time; nobody knows then whether it
   * has heard the question.
   */
  send(peer: number, parcel: Parcel<Request>, timeoutMs: number): Promise<Parcel<Reply>>;
}

const KEY = /^[0-9a-f]{64}$/;
const STATES: readonly unknown[] = ['blank', 'serving', 'replaced'] satisfies PeerState[];
const MOST_ITEMS = 10_000;

type Fields = Readonly<Record<string, unknown>>;

const REQUESTS: Readonly<Record<Request['is'], (body: Fields) => boolean>> = {
  status: isStatus,
  prepare: ({ key, ballot }) => isKey(key) && isBallot(ballot),
  accept: ({ key, ballot, value }) => isKey(key) && isBallot(ballot) && isRegisterText(value),
  read: ({ key }) => isKey(key),
  heads: ({ since }) => isCount(since),
  fetch: ({ keys }) => isListOf(keys, isKey),
};

const REPLIES: Readonly<Record<Reply['is'], (body: Fields) => boolean>> = {
  status: isStatus,
  held: ({ ballot, value }) => isBallot(ballot) && isRegisterText(value),
  accepted: () => true,
  refused: ({ ballot }) => isBallot(ballot),
  heads: ({ heads, upTo, more, floor }) =>
    isListOf(heads, isHead) && isCount(upTo) && typeof more === 'boolean' && isBallot(floor),
  slots: ({ slots, asked }) => isListOf(slots, isHeldRegister) && isCount(asked),
  cannot: ({ why }) => why === 'joining' || why === 'full' || why === 'replaced',
};

/** Whether something that came over the wire is a request among so many peers: every field, before anything is done with it. */
export function isRequestParcel(value: unknown, peers: number): value is Parcel<Request> {
  return isParcel(value, peers, REQUESTS);
}

/** The same for a reply. */
export function isReplyParcel(value: unknown, peers: number): value is Parcel<Reply> {
  return isParcel(value, peers, REPLIES);
}

function isParcel(value: unknown, peers: number, kinds: Readonly<Record<string, (body: Fields) => boolean>>): boolean {
  if (!isObject(value) || !isObject(value['body'])) return false;
  const { vector, body } = value;
  const { is } = body;
  if (typeof is !== 'string' || !Object.hasOwn(kinds, is)) return false;
  return isVector(vector) && vector.length === peers && kinds[is]?.(body) === true;
}

function isStatus({ state, founders }: Fields): boolean {
  return STATES.includes(state) && (founders === null || isVector(founders));
}

function isHead(value: unknown): boolean {
  return Array.isArray(value) && value.length === 3 && isKey(value[0]) && isBallot(value[1]) && isBallot(value[2]);
}

function isHeldRegister(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length === 3 && isKey(value[0]) && isBallot(value[1]) && isRegisterText(value[2])
  );
}

function isVector(value: unknown): value is number[] {
  return isListOf(value, isCount);
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= MOST_ITEMS && value.every(isItem);
}

function isKey(value: unknown): boolean {
  return typeof value === 'string' && KEY.test(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
