import type { SessionRecord } from '../../contracts/record.js';
import { type DestroyResult, type Guarantees, type SaveResult, SessionRepository } from '../../contracts/repository.js';
import { isSessionId } from '../../contracts/session-id.js';

/** What an action answers, and what is stored after it. */
export type Step<T> = readonly [answer: T, next?: SessionRecord | undefined];

/** A correct repository in parts. */
export const rightParts = {
  guarantees: { concurrency: 'compare-and-set', reads: 'latest', revocation: 'immediate' } as Guarantees,
  isToken: (token: string): boolean => isSessionId(token),
  key: (id: string): string => id,
  isLive: (record: SessionRecord): boolean => record.expiresAt > Date.now(),
  asStored: (record: SessionRecord): SessionRecord => ({ ...record }),
  asLoaded: (record: SessionRecord | undefined, _token: string): SessionRecord | null =>
    record ? { ...record } : null,
  token: (record: SessionRecord): string => record.id,
  /** Between reading and writing; undefined makes them one. */
  pause: (_action: 'save' | 'touch' | 'destroy'): Promise<void> | undefined => undefined,

  saving: (record: SessionRecord, stored?: SessionRecord): Step<SaveResult['status']> => {
    if (stored?.writeId === record.writeId) return ['saved', stored];
    if (stored === undefined && record.version > 0) return ['gone'];
    if ((stored?.version ?? 0) !== record.version) return ['conflict', stored];
    return ['saved', { ...record, version: record.version + 1 }];
  },

  touching: (_record: SessionRecord, expiresAt: number, stored?: SessionRecord): Step<SaveResult['status']> => {
    if (stored === undefined) return ['gone'];
    return ['saved', { ...stored, expiresAt: Math.max(stored.expiresAt, expiresAt) }];
  },

  destroying: (version?: number, stored?: SessionRecord): Step<DestroyResult> => {
    if (stored === undefined) return ['gone'];
    return version === undefined || version === stored.version ? ['destroyed'] : ['conflict', stored];
  },
};

/** A repository in memory of which any part can be replaced by a wrong one. */
export class ReplaceableRepository extends SessionRepository {
  readonly guarantees: Guarantees;
  private readonly parts: typeof rightParts;
  private readonly records = new Map<string, SessionRecord>();

  constructor(wrongParts: Partial<typeof rightParts> = {}) {
    super();
    this.parts = { ...rightParts, ...wrongParts };
    this.guarantees = this.parts.guarantees;
  }

  async load(token: string): Promise<SessionRecord | null> {
    return this.parts.isToken(token) ? this.parts.asLoaded(this.find(token), token) : null;
  }

  save(record: SessionRecord): Promise<SaveResult> {
    return this.write(record, 'save', (stored) => this.parts.saving(record, stored));
  }

  touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    return this.write(record, 'touch', (stored) => this.parts.touching(record, expiresAt, stored));
  }

  async destroy(token: string, version?: number): Promise<DestroyResult> {
    if (!this.parts.isToken(token)) return 'gone';
    const [answer] = await this.change(token, 'destroy', (stored) => this.parts.destroying(version, stored));
    return answer;
  }

  private async write(
    { id }: SessionRecord,
    action: 'save' | 'touch',
    step: (stored?: SessionRecord) => Step<SaveResult['status']>,
  ): Promise<SaveResult> {
    const [status, next] = await this.change(id, action, step);
    if (status !== 'saved' || next === undefined) return { status: status === 'saved' ? 'gone' : status };
    return { status, token: this.parts.token(next), version: next.version };
  }

  private async change<T>(
    id: string,
    action: 'save' | 'touch' | 'destroy',
    step: (stored?: SessionRecord) => Step<T>,
  ): Promise<Step<T>> {
    const stored = this.find(id);
    const outcome = step(stored);
    const pause = this.parts.pause(action);
    if (pause !== undefined) await pause;
    if (outcome[1] === undefined) this.records.delete(this.parts.key(id));
    else if (outcome[1] !== stored) this.records.set(this.parts.key(id), this.parts.asStored(outcome[1]));
    return outcome;
  }

  private find(id: string): SessionRecord | undefined {
    const record = this.records.get(this.parts.key(id));
    return record !== undefined && this.parts.isLive(record) ? record : undefined;
  }
}
