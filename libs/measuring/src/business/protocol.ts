/** What the process that makes the load of sessions answers. */
export type SessionLoadProtocol = {
  /** Begins reads and writes of sessions in this database, so many a second. */
  begin: { ask: { url: string; perSecond: number }; answer: undefined };
  /** Ends them; answers how many there were a second. */
  end: { ask: undefined; answer: number };
};
