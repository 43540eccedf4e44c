import { createHmac, randomUUID } from 'node:crypto';
import type { SessionRecord } from '../contracts/record.js';
import { type DestroyResult, type Guarantees, type SaveResult, SessionRepository } from '../contracts/repository.js';

/** The ids that were destroyed, as one server knows them. */
export interface Revocations {
  add(id: string): void;
  has(id: string): boolean;
}

/** Correct, and held by the client: the token is the signed record. It can be revoked where a list of ids is kept. */
export class SignedTokenRepository extends SessionRepository {
  readonly guarantees: Guarantees;

  constructor(
    revocation: Guarantees['revocation'],
    protected readonly revoked?: Revocations,
  ) {
    super();
    this.guarantees = { concurrency: 'last-write-wins', reads: 'client-held', revocation };
  }

  async load(token: string): Promise<SessionRecord | null> {
    const record = this.open(token);
    return record === null || record.expiresAt <= Date.now() || this.revoked?.has(record.id) ? null : record;
  }

  async save(record: SessionRecord): Promise<SaveResult> {
    return this.issue({ ...record, version: record.version + 1 });
  }

  async touch(record: SessionRecord, expiresAt: number): Promise<SaveResult> {
    if (record.expiresAt <= Date.now()) return { status: 'gone' };
    return this.issue({ ...record, expiresAt: Math.max(record.expiresAt, expiresAt) });
  }

  async destroy(token: string, version?: number): Promise<DestroyResult> {
    const record = await this.load(token);
    if (record === null) return 'gone';
    if (version !== undefined && version !== record.version) return 'conflict';
    this.revoked?.add(record.id);
    return 'destroyed';
  }

  protected open(token: string): SessionRecord | null {
    const [body = '', seal] = token.split('.');
    if (seal !== sealOf(body) || token !== `${body}.${seal}`) return null;
    const { record }: { record: SessionRecord } = JSON.parse(Buffer.from(body, 'base64url').toString());
    return record;
  }

  protected issue(record: SessionRecord): SaveResult {
    if (this.revoked?.has(record.id)) return { status: 'gone' };
    const body = Buffer.from(JSON.stringify({ record, salt: randomUUID() })).toString('base64url');
    return { status: 'saved', token: `${body}.${sealOf(body)}`, version: record.version };
  }
}

function sealOf(body: string): string {
  return createHmac('sha256', 'a secret for this test').update(body).digest('base64url');
}
