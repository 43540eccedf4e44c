/** What a repository has beside the contract when loading a token that nobody has does not make it ask its store. */
export interface ProbedRepository {
  /** Asks the store for something. Rejects with `SessionStoreError` when it cannot answer. */
  probe(): Promise<void>;
}

/** Whether a repository says itself if its store answers. */
export function hasProbe(repository: object): repository is ProbedRepository {
  return 'probe' in repository && typeof repository.probe === 'function';
}
