import type { LoadedRecord, RejectedRecord, SessionRecord } from '../contracts/record.js';
import { type DestroyResult, type SaveResult, SessionRepository } from '../contracts/repository.js';

/** Somewhere between two steps, for a test to let things happen there. */
interface Halt {
  /** Resolves when the next load has been answered, and is kept back. */
  readonly reached: Promise<void>;
  /** Lets it go on. */
  proceed(): void;
}

/** A real repository, whose calls are counted, and whose next load can be kept back after it was answered. */
export class WatchedRepository extends SessionRepository {
  readonly calls: string[] = [];
  /** How long the answer to a write takes after it was carried out. */
  writesTakeMs = 0;
  #halt: { reach: () => void; proceed: Promise<void> } | undefined;

  constructor(private readonly inner: SessionRepository) {
    super();
  }

  get guarantees(): SessionRepository['guarantees'] {
    return this.inner.guarantees;
  }

  haltNextLoad(): Halt {
    let reach: () => void = () => undefined;
    let proceed: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    this.#halt = { reach, proceed: new Promise<void>((resolve) => (proceed = resolve)) };
    return { reached, proceed };
  }

  async load(token: string, atLeast?: number): Promise<LoadedRecord | RejectedRecord | null> {
    this.calls.push('load');
    const answer = await this.inner.load(token, atLeast);
    const halt = this.#halt;
    this.#halt = undefined;
    halt?.reach();
    await halt?.proceed;
    return answer;
  }

  async save(record: SessionRecord): Promise<SaveResult> {
    this.calls.push('save');
    return this.#late(await this.inner.save(record));
  }

  async touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    this.calls.push('touch');
    return this.#late(await this.inner.touch(record, expiresAt));
  }

  async destroy(token: string, version?: number): Promise<DestroyResult> {
    this.calls.push('destroy');
    return this.#late(await this.inner.destroy(token, version));
  }

  async #late<T>(answer: T): Promise<T> {
    if (this.writesTakeMs > 0) await new Promise((resolve) => setTimeout(resolve, this.writesTakeMs));
    return answer;
  }
}
