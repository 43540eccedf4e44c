/** What a repository may have to tell operators that no answer of a method says. Sessions are not named. */
export interface RepositoryEventMap {
  /** The store removed live sessions to make room, and logged out their users. Counted from the store's own figures. */
  sessionsEvicted: { count: number };
  /** One of several places that hold sessions does not answer: a node of a pool, a replica, a directory, a peer. */
  placeUnavailable: { place: string; reason: string };
  /** It answers again, and is in step. */
  placeAvailable: { place: string };
}

/** Told of each event as it comes. Must not throw. */
export type RepositoryListener = <E extends keyof RepositoryEventMap>(event: E, detail: RepositoryEventMap[E]) => void;

/** What a repository has beside the contract when it has something to tell. Asked for once, before anything else is. */
export interface ReportingRepository {
  /** From now on tells the listener. */
  reportTo(listener: RepositoryListener): void;
}

/** Whether a repository has something to tell. */
export function isReporting(repository: object): repository is ReportingRepository {
  return 'reportTo' in repository && typeof repository.reportTo === 'function';
}
