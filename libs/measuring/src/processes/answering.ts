import type { Answer, Protocol, Question } from './protocol.js';

type Answers<P extends Protocol> = { [N in keyof P]: (ask: P[N]['ask']) => P[N]['answer'] | Promise<P[N]['answer']> };

/** Answers the parent's questions until it is gone; then this process ends too, however the parent ended. */
export function answerParent<P extends Protocol>(answers: Answers<P>): void {
  process.on('disconnect', () => process.exit(0));
  // The terminal sends Ctrl-C to all of us; the parent decides what it means.
  process.on('SIGINT', () => undefined);
  process.on('message', (question: Question) => {
    void answerTo(answers, question).then((answer) => process.send?.(answer));
  });
}

async function answerTo<P extends Protocol>(answers: Answers<P>, { name, ask }: Question): Promise<Answer> {
  try {
    return { answer: await answers[name]?.(ask) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
