import type { DestroyResult, Guarantees, SaveResult } from '../contracts/repository.js';

type SaveStatus = SaveResult['status'];

/** The answers that stated guarantees allow, where they leave a choice. */
export interface Expectations {
  /** A save or touch of an id that was never stored. */
  readonly writeOfUnknown: readonly SaveStatus[];
  /** A save or touch of a session that was destroyed at another server. */
  readonly writeOfDestroyed: readonly SaveStatus[];
  /** A save of a session whose deadline has passed. */
  readonly saveOfExpired: readonly SaveStatus[];
  /** A second creation under an id, by another write. */
  readonly secondCreate: readonly SaveStatus[];
  /** A save made from another version than the stored one. */
  readonly staleSave: readonly SaveStatus[];
  /** A destroy of another version than the stored one. */
  readonly staleDestroy: readonly DestroyResult[];
  /** A second destroy. */
  readonly secondDestroy: readonly DestroyResult[];
}

/** What has to be expected of a repository, from its own words alone. */
export function expectationsOf({ concurrency, reads, revocation }: Guarantees): Expectations {
  const comparesVersions = concurrency === 'compare-and-set';
  const isStored = reads !== 'client-held';
  // The writes of a stored session meet the store itself, whatever its reads may come from.
  const writesSeeDestroy = isStored || revocation === 'immediate';
  return {
    writeOfUnknown: isStored ? ['gone'] : ['saved'],
    writeOfDestroyed: writesSeeDestroy ? ['gone'] : ['gone', 'saved'],
    saveOfExpired: isStored ? ['gone'] : ['gone', 'saved'],
    secondCreate: isStored ? ['conflict'] : ['saved'],
    staleSave: comparesVersions ? ['conflict'] : ['saved'],
    staleDestroy: comparesVersions ? ['conflict'] : ['conflict', 'destroyed'],
    secondDestroy: writesSeeDestroy ? ['gone'] : ['gone', 'destroyed'],
  };
}
