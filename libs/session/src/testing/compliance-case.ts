import type { SessionRepository } from '../contracts/repository.js';
import type { ComplianceContext } from './compliance-context.js';

/** What the suite is given for each case: an empty store, as two servers see it. */
export interface ComplianceStore {
  /** The repository at one server. */
  readonly a: SessionRepository;
  /** The repository at another server, over the same store. What lives in one process only gives the same object twice. */
  readonly b: SessionRepository;
  /** By how many milliseconds a session may outlive its deadline, where the store counts in coarse steps. Default 0. */
  readonly expiryResolutionMs?: number;
  /** Removes the store after the case. Nest's lifecycle methods of `a` and `b` have been called by then. */
  dispose?(): unknown;
}

/** Gives a store of its own to each case. */
export type CreateComplianceStore = () => ComplianceStore | Promise<ComplianceStore>;

/** One promise of the contract. Its expectation follows from the guarantees that the repository states. */
export interface ComplianceCase {
  /** The method or theme that the case belongs to. */
  readonly group: string;
  /** A sentence about the behaviour. */
  readonly name: string;
  /** Rejects with an AssertionError when the promise is broken, or with what the repository threw. */
  run(context: ComplianceContext): Promise<void>;
}

/** The cases of one group, by name. */
export function casesOf(group: string, cases: Readonly<Record<string, ComplianceCase['run']>>): ComplianceCase[] {
  return Object.entries(cases).map(([name, run]) => ({ group, name, run }));
}
