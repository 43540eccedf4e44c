import { setTimeout as delay } from 'node:timers/promises';
import type { Reply, Visitor } from './visitor.js';

const PATIENCE_MS = 3_000;
const ASK_EVERY_MS = 100;

/** Looks at a session again and again until there is an answer; after 3 s the last one, whatever it is. */
export async function patientLook(visitor: Visitor): Promise<Reply> {
  return patiently(
    () => visitor.look(),
    ({ acknowledged }) => acknowledged,
  );
}

/** Asks again and again until it is done or refused: who cannot answer at this moment has refused nothing. After 3 s the last reply, whatever it is. */
export async function patientAsk(ask: () => Promise<Reply>): Promise<Reply> {
  return patiently(ask, ({ status }) => status > 0 && status < 500);
}

async function patiently(ask: () => Promise<Reply>, isAnswer: (reply: Reply) => boolean): Promise<Reply> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const reply = await ask();
    if (isAnswer(reply) || performance.now() > deadline) return reply;
    await delay(ASK_EVERY_MS);
  }
}
