import { setTimeout as delay } from 'node:timers/promises';
import type { SessionRecord, SessionRepository } from 'nestjs-shared-session';
import { percent } from 'shared-session-demo/lab';

const PATIENCE_MS = 3_000;
const ASK_EVERY_MS = 50;

/** Saves them, and throws when one is not acknowledged. */
export async function saveAll(repository: SessionRepository, records: readonly SessionRecord[]): Promise<void> {
  for (const record of records) {
    const { status } = await repository.save(record);
    if (status !== 'saved') throw new Error(`A session was not saved: ${status}`);
  }
}

/** How many percent of them can be read. A store that has just come back is given three seconds to answer. */
export async function shareAlive(repository: SessionRepository, records: readonly SessionRecord[]): Promise<number> {
  await untilItAnswers(repository, records[0]?.id ?? '');
  let alive = 0;
  for (const { id, payload } of records) {
    const found = await repository.load(id).catch(() => null);
    if (found !== null && 'payload' in found && found.payload === payload) alive += 1;
  }
  return percent(alive, records.length);
}

async function untilItAnswers(repository: SessionRepository, id: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const answered = await repository.load(id).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await delay(ASK_EVERY_MS);
  }
}
