import type { Committed } from './commit-queue.js';

/** What the client must be told with the response: a token and version to present next, or that its token is dead. */
export interface Announcement {
  /** Present when the client must present another token than the one it came with. */
  readonly token?: string;
  /** The stored version, present when it moved. */
  readonly version?: number;
  /** Present when the deadline moved in a way that the client must know. */
  readonly expiresAt?: number;
  /** This request ended the session with which the client came. */
  readonly cleared?: true;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What has become of the session with which a client arrived; undefined when there is nothing to tell. */
export function announcementOf(
  arrived: Committed | undefined,
  stored: Committed | undefined,
): Announcement | undefined {
  if (stored === undefined) return arrived && { cleared: true };
  if (stored === arrived) return undefined;
  const { record, token } = stored;
  const announcement: Writable<Announcement> = {};
  if (token !== arrived?.token) announcement.token = token;
  if (record.version !== arrived?.record.version) announcement.version = record.version;
  if (record.expiresAt !== arrived?.record.expiresAt) announcement.expiresAt = record.expiresAt;
  return announcement;
}
