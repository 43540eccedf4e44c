/** What has to be undone when this process ends before its servers were stopped. */
const cleanups = new Set<() => void>();

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a synchronous clean-up when this process exits, also by SIGINT, SIGTERM or SIGHUP, whose effect stays what it was.
 * @returns takes the clean-up back
 */
export function onParentExit(cleanup: () => void): () => void {
  if (cleanups.size === 0) listen();
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
    if (cleanups.size === 0) stopListening();
  };
}

function listen(): void {
  process.on('exit', cleanUp);
  for (const signal of SIGNALS) process.on(signal, cleanUpAndDie);
}

function stopListening(): void {
  process.off('exit', cleanUp);
  for (const signal of SIGNALS) process.off(signal, cleanUpAndDie);
}

function cleanUp(): void {
  for (const cleanup of cleanups) cleanup();
}

function cleanUpAndDie(signal: NodeJS.Signals): void {
  // Somebody else listens too, and decides what the signal means here.
  if (process.listenerCount(signal) > 1) return;
  cleanUp();
  stopListening();
  process.kill(process.pid, signal);
}
