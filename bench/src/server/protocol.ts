/** What a server process answers. */
export type ServerProtocol = {
  /** Starts the application; answers its port. */
  listen: { ask: undefined; answer: number };
  /** CPU time of the whole process so far, in microseconds. */
  cpuTime: { ask: undefined; answer: number };
  /** Begins to sample the call stack. */
  profile: { ask: undefined; answer: undefined };
  /** Ends it and writes a `.cpuprofile` to this path. */
  writeProfile: { ask: string; answer: undefined };
};
