import type { RejectedRecord, SessionRecord } from '../contracts/record.js';
import { type DestroyResult, type Guarantees, type SaveResult, SessionRepository } from '../contracts/repository.js';
import { type EngineOptions, SessionEngine } from './session-engine.js';
import { type SessionEventMap, SessionEvents } from './session-events.js';

type Method = 'load' | 'save' | 'touch' | 'destroy';

/** A repository around another: counts the calls, and lets a test step in before or after one of them. */
export class ObservedRepository extends SessionRepository {
  readonly calls: Method[] = [];
  /** Runs before a call reaches the store; what it throws is what the caller gets. */
  before: (method: Method) => unknown = () => undefined;
  /** Runs after the store has done it, before the caller hears of it. */
  after: (method: Method) => unknown = () => undefined;

  constructor(private readonly inner: SessionRepository) {
    super();
  }

  get guarantees(): Guarantees {
    return this.inner.guarantees;
  }

  load(token: string, atLeast?: number): Promise<SessionRecord | RejectedRecord | null> {
    return this.observed('load', () => this.inner.load(token, atLeast));
  }

  save(record: SessionRecord): Promise<SaveResult> {
    return this.observed('save', () => this.inner.save(record));
  }

  touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    return this.observed('touch', () => this.inner.touch(record, expiresAt));
  }

  destroy(token: string, version?: number): Promise<DestroyResult> {
    return this.observed('destroy', () => this.inner.destroy(token, version));
  }

  private async observed<T>(method: Method, call: () => Promise<T>): Promise<T> {
    this.calls.push(method);
    await this.before(method);
    const answer = await call();
    await this.after(method);
    return answer;
  }
}

/** An engine as one instance of an application would have it. */
export function engineOver(repository: SessionRepository, options: Partial<EngineOptions> = {}): SessionEngine {
  return new SessionEngine(
    repository,
    {
      idleTimeout: 60_000,
      absoluteTimeout: 600_000,
      touchAfter: 6_000,
      timeout: { command: 200, request: 1_000 },
      maxBytes: 65_536,
      announceTouch: false,
      ...options,
    },
    new SessionEvents(),
  );
}

/** Every event of one kind, as they come. */
export function recorded<E extends keyof SessionEventMap>(engine: SessionEngine, event: E): SessionEventMap[E][] {
  const seen: SessionEventMap[E][] = [];
  engine.events.on(event, (detail) => seen.push(detail));
  return seen;
}

/** Stores a session with this data and returns its token. */
export async function storedSession(engine: SessionEngine, data: object, principal?: string): Promise<string> {
  const session = engine.anonymous();
  Object.assign(session.data, data);
  await (principal === undefined ? session.save() : session.login(principal));
  return session.token as string;
}
