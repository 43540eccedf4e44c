import { setTimeout as delay } from 'node:timers/promises';
import type { Reply, Visitor } from './visitor.js';

const PATIENCE_MS = 3_000;
const ASK_EVERY_MS = 100;

/** Looks at a session again and again until there is an answer; after 3 s the last one, whatever it is. */
export async function patientLook(visitor: Visitor): Promise<Reply> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const reply = await visitor.look();
    if (reply.acknowledged || performance.now() > deadline) return reply;
    await delay(ASK_EVERY_MS);
  }
}
