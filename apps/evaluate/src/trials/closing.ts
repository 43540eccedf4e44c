/** Ends what was opened when the work is done or has failed, the last first. */
export async function closing<T>(work: (later: (end: () => unknown) => void) => Promise<T>): Promise<T> {
  const ends: (() => unknown)[] = [];
  try {
    return await work((end) => void ends.push(end));
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}
