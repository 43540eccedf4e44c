import type { Session } from 'nestjs-shared-session';

/** What the shop keeps: whatever it is given. */
export type Shop = Record<string, unknown>;

/** A session as the API shows it; times in epoch milliseconds, null as long as nothing is stored. */
export interface SessionView {
  readonly instance: string;
  readonly isNew: boolean;
  readonly data: Shop;
  readonly principal: string | null;
  readonly handle: string | null;
  readonly version: number;
  readonly createdAt: number | null;
  readonly expiresAt: number | null;
}

/** Shows a session as this instance has it. */
export function viewOf(instance: string, session: Session<Shop>): SessionView {
  return {
    instance,
    isNew: session.isNew,
    data: session.data,
    principal: session.principal ?? null,
    handle: session.handle ?? null,
    version: session.version,
    createdAt: session.createdAt ?? null,
    expiresAt: session.expiresAt ?? null,
  };
}
