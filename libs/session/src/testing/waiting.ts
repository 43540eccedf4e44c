import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 5;
const FIRST_LIFETIME_MS = 100;
const LONGEST_LIFETIME_MS = 10_000;

/** Resolves when this machine's clock shows more than `epochMs`. */
export async function clockPasses(epochMs: number): Promise<void> {
  while (Date.now() <= epochMs) await pause(POLL_MS);
}

/**
 * Resolves when `load` answers null. An answer that was asked for after `epochMs` and is not null is a violation; the
 * moment of asking counts, so that a slow machine breaks nothing.
 */
export async function refusedAfter(epochMs: number, load: () => Promise<unknown>): Promise<void> {
  for (;;) {
    const askedAt = Date.now();
    if ((await load()) === null) return;
    assert.ok(askedAt <= epochMs, 'a session was still returned when it had to be refused');
    await pause(POLL_MS);
  }
}

/**
 * Runs steps that must be through before a deadline soon to come, and answers with that deadline and what they gave. A
 * store that is too slow for the deadline gets a longer one.
 */
export async function beforeDeadline<T>(
  steps: (deadline: number) => Promise<T>,
  lifetimeMs = FIRST_LIFETIME_MS,
): Promise<{ deadline: number; done: T }> {
  const deadline = Date.now() + lifetimeMs;
  try {
    const done = await steps(deadline);
    if (Date.now() < deadline) return { deadline, done };
  } catch (error) {
    if (Date.now() < deadline) throw error;
  }
  assert.ok(lifetimeMs < LONGEST_LIFETIME_MS, 'a few commands took longer than ten seconds');
  return beforeDeadline(steps, lifetimeMs * 4);
}
