import { SessionTooLargeError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import type { SessionRepository } from '../contracts/repository.js';
import { newWriteId } from '../contracts/session-id.js';
import { FrontHealth } from './front-health.js';
import { decodeNote, encodeNote, type FrontNote, mayReplace } from './front-note.js';

/** Others write notes of the same session at the same time: a few rounds settle who is ahead. */
const ATTEMPTS = 5;
const TOMBSTONE_ATTEMPTS = 20;

/** How much longer than for a copy the front is waited for with a tombstone: a logout is rare, and should count at once. */
const TOMBSTONE_PATIENCE = 3;

/** A tombstone stays until no copy that was read before it is trusted any more, whatever clock it was stamped with. */
const CLOCKS_APART_MS = 60_000;

/** What stands in front under an id. */
export interface StandingNote {
  /** The front's own version of the record that holds the note; 0 for nothing, or for what can only be overwritten by nobody. */
  readonly version: number;
  readonly note: FrontNote | undefined;
}

const NOTHING: StandingNote = { version: 0, note: undefined };

/** The repository in front, as a place for notes. It is never waited for long, and its errors are swallowed. */
export class FrontTier {
  readonly #health: FrontHealth;

  /** @param tell of its loss, with the reason, and of its return, without one */
  constructor(
    private readonly repository: SessionRepository,
    private readonly freshForMs: number,
    private readonly timeoutMs: number,
    tell: (lostBecause?: string) => void,
  ) {
    this.#health = new FrontHealth(tell);
  }

  /** The note of a session; undefined when the front cannot say. */
  async read(id: string): Promise<StandingNote | undefined> {
    return this.#health.ask(() => this.#load(id), this.timeoutMs).catch(() => undefined);
  }

  /** Puts a copy where nothing later stands. @param known what stood there a moment ago, to save reading it again */
  async put(record: SessionRecord, readAt: number, known?: StandingNote): Promise<void> {
    await this.#health
      .ask(async () => {
        const standing = known ?? (record.version === 1 ? NOTHING : await this.#load(record.id));
        await this.#write(record.id, { kind: 'copy', record, readAt }, ATTEMPTS, standing);
      }, this.timeoutMs)
      .catch(() => undefined);
  }

  /** Replaces a copy by the same session with another deadline, as it was found alive at `readAt`. A copy of another version stays. */
  async extend(id: string, version: number, expiresAt: number, readAt: number): Promise<void> {
    await this.#health
      .ask(async () => {
        const standing = await this.#load(id);
        if (standing.note?.kind !== 'copy' || standing.note.record.version !== version) return;
        const record = { ...standing.note.record, expiresAt: Math.max(expiresAt, standing.note.record.expiresAt) };
        await this.#write(id, { kind: 'copy', record, readAt }, 1, standing);
      }, this.timeoutMs)
      .catch(() => undefined);
  }

  /** From now on no copy stands there, nor can be put there. @param evenUnknown also where nothing stands now */
  async bury(id: string, evenUnknown: boolean): Promise<void> {
    await this.#health
      .ask(async () => {
        const standing = await this.#load(id);
        if (standing.version > 0 || evenUnknown) {
          await this.#write(id, { kind: 'tombstone' }, TOMBSTONE_ATTEMPTS, standing);
        }
      }, this.timeoutMs * TOMBSTONE_PATIENCE)
      .catch(() => undefined);
  }

  async #load(id: string): Promise<StandingNote> {
    const held = await this.repository.load(id);
    if (held === null || 'rejected' in held) return NOTHING;
    return { version: held.version, note: decodeNote(id, held.payload) };
  }

  async #write(id: string, note: FrontNote, attempts: number, known: StandingNote): Promise<void> {
    let standing = known;
    for (let attempt = 1; attempt <= attempts && mayReplace(note, standing.note); attempt += 1) {
      const saved = await this.#save(id, note, standing.version);
      if (saved) return;
      standing = await this.#load(id);
    }
  }

  /** Whether the note stands there now. */
  async #save(id: string, note: FrontNote, version: number): Promise<boolean> {
    const now = Date.now();
    const endsAt = note.kind === 'copy' ? note.record.endsAt : now + this.freshForMs + CLOCKS_APART_MS;
    const expiresAt = note.kind === 'copy' ? Math.min(note.readAt + this.freshForMs, note.record.expiresAt) : endsAt;
    // Nobody would trust it any more.
    if (expiresAt <= now) return true;
    const envelope = { id, version, writeId: newWriteId(), createdAt: now, expiresAt, endsAt };
    try {
      return (await this.repository.save({ ...envelope, payload: encodeNote(note) })).status === 'saved';
    } catch (error) {
      // It fits behind, and not in front: then it is served from behind.
      if (error instanceof SessionTooLargeError) return true;
      throw error;
    }
  }
}
