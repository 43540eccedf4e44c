/** All that this folder asks of time and chance, so that a test can decide both. */
export interface Clock {
  /** Epoch milliseconds by this machine's clock, which may be wrong or jump: for deadlines of sessions alone. */
  now(): number;
  /** Milliseconds since some moment; never goes back. For everything that lasts. */
  elapsed(): number;
  /** Calls back once, after so many milliseconds at the earliest; keeps no process alive. Answers how to call it off. */
  after(ms: number, callback: () => void): () => void;
  /** From 0 to below 1. */
  random(): number;
}

/** The machine's own time. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Resolves after so many milliseconds. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
