import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { decodeEnvelope, encodeEnvelope, ENVELOPE, envelopeTime } from '../contracts/envelope.js';
import type { RejectedRecord, SessionRecord } from '../contracts/record.js';
import { type DestroyResult, type Guarantees, type SaveResult, SessionRepository } from '../contracts/repository.js';
import { isSessionId, storageKey } from '../contracts/session-id.js';
import { CallGate, callsPerDirectory } from './call-gate.js';
import { Disk } from './disk.js';
import { answering } from './file-session.errors.js';
import type { FileSettings } from './file-session.options.js';
import { SessionDirectory } from './session-directory.js';
import { type Decision, type SessionFile, TOMBSTONE } from './session-file.js';
import { Sweeper } from './sweeper.js';

const GONE: SaveResult = { status: 'gone' };
const CONFLICT: SaveResult = { status: 'conflict' };

/**
 * Sessions in files of one directory that all servers share, on a disk or a network file system with hard links. Correct
 * between processes that know nothing of each other but run as one user; an acknowledged write survives the death of
 * every one of them.
 */
export class FileSessionRepository extends SessionRepository implements OnModuleInit, OnApplicationShutdown {
  readonly guarantees: Guarantees = { concurrency: 'compare-and-set', reads: 'latest', revocation: 'immediate' };
  readonly #directory: SessionDirectory;
  readonly #sweeper: Sweeper;

  constructor(directory: string, { leaseMs, deadlineMs, sweepEveryMs }: FileSettings) {
    super();
    const disk = new Disk(new CallGate(callsPerDirectory(1), deadlineMs));
    this.#directory = new SessionDirectory(disk, directory, leaseMs);
    this.#sweeper = new Sweeper((signal) => this.#directory.sweep(removeIfOver, signal), sweepEveryMs);
  }

  async load(token: string): Promise<SessionRecord | RejectedRecord | null> {
    if (!isSessionId(token)) return null;
    return live(token, await answering(this.#file(token).read()));
  }

  async save(record: SessionRecord): Promise<SaveResult> {
    if (!isSessionId(record.id) || record.expiresAt <= Date.now()) return GONE;
    const file = this.#file(record.id);
    const version = record.version + 1;
    const envelope = encodeEnvelope({ ...record, version });
    const saved: SaveResult = { status: 'saved', token: record.id, version };
    if (record.version === 0 && (await answering(file.create(envelope)))) return saved;

    return answering(
      file.change((stored): Decision<SaveResult> => {
        const found = live(record.id, stored);
        if (found === null) return { answer: GONE };
        if ('rejected' in found) return { answer: CONFLICT };
        if (found.writeId === record.writeId) return { answer: { ...saved, version: found.version } };
        return found.version === record.version ? { answer: saved, write: envelope } : { answer: CONFLICT };
      }),
    );
  }

  async touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    if (!isSessionId(record.id)) return GONE;
    return answering(
      this.#file(record.id).change((stored): Decision<SaveResult> => {
        const found = live(record.id, stored);
        if (found === null || stored === null || 'rejected' in found) return { answer: GONE };
        const answer: SaveResult = { status: 'saved', token: record.id, version: found.version };
        return expiresAt > found.expiresAt ? { answer, write: withDeadline(stored, expiresAt) } : { answer };
      }),
    );
  }

  async destroy(token: string, version?: number): Promise<DestroyResult> {
    if (!isSessionId(token)) return 'gone';
    return answering(
      this.#file(token).destroy((stored) => {
        const found = live(token, stored);
        if (found === null) return 'gone';
        if (version === undefined) return 'destroyed';
        return 'rejected' in found || found.version !== version ? 'conflict' : 'destroyed';
      }),
    );
  }

  /** Removes expired sessions and what dead processes have left behind, now. A live session is never touched. */
  async sweep(): Promise<number> {
    return answering(this.#sweeper.sweep());
  }

  /** Makes and tries the directory, and begins to sweep. Throws `SessionConfigError` when it can hold no sessions. */
  async onModuleInit(): Promise<void> {
    await this.#directory.prepare();
    this.#sweeper.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#sweeper.stop();
  }

  #file(id: string): SessionFile {
    return this.#directory.file(storageKey(id));
  }
}

/** What a file's content means now: destroyed and expired sessions are none. */
function live(id: string, stored: string | null): SessionRecord | RejectedRecord | null {
  if (stored === null || stored === TOMBSTONE) return null;
  const found = decodeEnvelope(id, stored);
  return 'rejected' in found || found.expiresAt > Date.now() ? found : null;
}

/** What cannot be read stays: it may be of a newer version of this library. */
async function removeIfOver(_key: string, file: SessionFile): Promise<boolean> {
  return (await file.destroy((stored) => (live('', stored) === null ? 'destroyed' : 'conflict'))) === 'destroyed';
}

function withDeadline(envelope: string, expiresAt: number): string {
  const { start, end } = ENVELOPE.expiresAt;
  return envelope.slice(0, start) + envelopeTime(expiresAt) + envelope.slice(end);
}
