import { newSessionId, newWriteId } from '../contracts/session-id.js';
import { LiveSession } from '../core/live-session.js';
import { EMPTY_PAYLOAD, NOTHING_STORED, Payload } from '../core/payload.js';
import { SessionEngine } from '../core/session-engine.js';
import { StoredSession } from '../core/stored-session.js';
import { SessionEvents } from '../core/session-events.js';
import type { Session, SessionData } from '../core/session.js';
import { WorkingCopy } from '../core/working-copy.js';
import { MemorySessionRepository } from '../memory/index.js';

const HOUR = 3_600_000;

/**
 * A session for the unit test of a handler, without module, request or store: a real one, over memory of its own. With data or a
 * principal it is stored already, without them it stands for a new visitor. The data is what comes back from a store: a copy, with dates as texts.
 * Throws `SessionValueError` and `SessionTooLargeError` for data that cannot be stored.
 */
export function testSession<T extends object = SessionData>(
  content: { principal?: string; data?: T } = {},
): Session<T> {
  const { principal, data } = content;
  const store = new MemorySessionRepository({ maxSessions: 100 });
  const engine = new SessionEngine(store, OPTIONS, new SessionEvents());
  if (principal === undefined && data === undefined) return engine.anonymous() as unknown as Session<T>;
  const now = Date.now();
  const record = {
    id: newSessionId(),
    version: 0,
    writeId: newWriteId(),
    createdAt: now,
    expiresAt: now + HOUR,
    endsAt: now + OPTIONS.absoluteTimeout,
    ...(principal !== undefined && { principal, authenticatedAt: now }),
    payload: engine.codec.changed(EMPTY_PAYLOAD, new WorkingCopy(NOTHING_STORED).withData({ ...data }).changes()),
  };
  // The memory repository stores before its first await, so the session is there when this returns.
  void store.save(record);
  const stored = { record: { ...record, version: 1 }, token: record.id };
  const values = Payload.readAgain(record.payload);
  return new LiveSession(engine, new StoredSession(engine, engine.budget(), stored), values) as unknown as Session<T>;
}

const OPTIONS = {
  idleTimeout: HOUR,
  absoluteTimeout: 12 * HOUR,
  touchAfter: HOUR / 10,
  timeout: { command: 500, request: 1_000 },
  maxBytes: 65_536,
  announceTouch: false,
};
