import type { ComplianceStore, CreateComplianceStore } from '../compliance-case.js';
import { ReplaceableRepository, type rightParts } from './replaceable.repository.fixture.js';

/** A repository that breaks the contract in one place, and the cases that have to say so. */
export interface WrongRepository {
  /** What it does, as the end of "a repository that …". */
  readonly does: string;
  readonly create: CreateComplianceStore;
  readonly caughtBy: readonly string[];
}

/** The right repository with a wrong part. */
export function wrong(does: string, parts: Partial<typeof rightParts>, ...caughtBy: string[]): WrongRepository {
  return { does, caughtBy, create: () => atBothServers(new ReplaceableRepository(parts)) };
}

/** One object as both servers. */
export function atBothServers(repository: ReplaceableRepository): ComplianceStore {
  return { a: repository, b: repository };
}
