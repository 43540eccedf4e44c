/** Commands of a store per request, as the server counted them. */
export interface CommandCount {
  /** Sent by the client: name to how often per request. */
  readonly sent: Readonly<Record<string, number>>;
  /** Executed inside scripts. */
  readonly insideScripts: Readonly<Record<string, number>>;
  /** Whether two ways of counting came to the same; true where there is only one. */
  readonly agrees: boolean;
}

/** Counts on the server's side. */
export interface CommandCounter {
  /** The commands that a number of requests cost, per request. */
  during(requests: number, work: () => Promise<unknown>): Promise<CommandCount>;
  close(): void;
}

/** Where there is no store to ask. */
export const NO_COMMANDS: CommandCounter = {
  during: async (_requests, work) => {
    await work();
    return { sent: {}, insideScripts: {}, agrees: true };
  },
  close: () => undefined,
};

/** Counts by what the server's own counters say before and after; the one way of counting that there is. */
export async function countedBy(
  counters: () => Promise<ReadonlyMap<string, number>>,
  requests: number,
  work: () => Promise<unknown>,
): Promise<CommandCount> {
  const before = await counters();
  await work();
  return { sent: grownBy(before, await counters(), requests), insideScripts: {}, agrees: true };
}

/** What the server's own counters grew by, per request; those that did not grow are left out. */
export function grownBy(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  requests: number,
): Record<string, number> {
  const grown = [...after].map(([name, count]) => [name, (count - (before.get(name) ?? 0)) / requests] as const);
  return Object.fromEntries(grown.filter(([, count]) => count > 0));
}
