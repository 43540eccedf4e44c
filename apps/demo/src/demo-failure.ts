/** Something the person at the keyboard can mend. The message is one line for standard error. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';

  /** @param message line breaks become spaces */
  constructor(message: string) {
    super(message.replaceAll(/\s*\n\s*/g, ' ').trim());
  }
}

/** What went wrong, in the words of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
