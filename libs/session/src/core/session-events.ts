import { EventEmitter } from 'node:events';
import type { RepositoryEventMap } from '../contracts/repository-events.js';

/** Why a stored record is no session. */
export type RejectionReason = 'malformed' | 'newer-format' | 'invalid-data';

/** What operators must see. Sessions are named by their handle, never by their id. */
export interface SessionEventMap extends RepositoryEventMap {
  /** A stored record that is no session: treated as absent, left where it is, reported once per process. */
  recordRejected: { handle: string; reason: RejectionReason };
  /** A client presented a version that the store has never heard of: lost writes after a failover, or a liar. At most one a second. */
  rollbackSeen: { handle: string; presented: number; stored: number };
  /** A save met a newer version and is tried again. */
  saveConflict: { handle: string; attempt: number };
  /** The first call that the store did not answer. */
  storeUnavailable: { reason: string };
  /** The store answers again. */
  storeAvailable: Record<string, never>;
  /** Changes made after the response had begun could not be stored; the connection was aborted. */
  lateSaveFailed: { handle: string | undefined; reason: string };
}

/** Typed events, injectable. A listener that throws is reported as a process warning and stops nothing (CVE-2021-34428). */
export class SessionEvents {
  private readonly emitter = new EventEmitter();

  /** Listens until the returned function is called. */
  on<E extends keyof SessionEventMap>(event: E, listener: (detail: SessionEventMap[E]) => void): () => void {
    const guarded = (detail: SessionEventMap[E]): void => {
      try {
        listener(detail);
      } catch (error) {
        process.emitWarning(
          `A listener of the session event "${event}" threw ${error instanceof Error ? error.name : 'a value'}`,
        );
      }
    };
    this.emitter.on(event, guarded);
    return () => this.emitter.off(event, guarded);
  }

  /** Tells all listeners, in the order in which they came. */
  emit<E extends keyof SessionEventMap>(event: E, detail: SessionEventMap[E]): void {
    this.emitter.emit(event, detail);
  }
}
