import { hash, randomBytes, randomUUID } from 'node:crypto';

const ID_SYNTAX = /^[A-Za-z0-9_-]{43}$/;

/** A new session id: 256 random bits as 43 characters of base64url. Throws when the random source fails. */
export function newSessionId(): string {
  return randomBytes(32).toString('base64url');
}

/** Whether a token can be a session id at all. Checked before any store call. */
export function isSessionId(token: string): boolean {
  return ID_SYNTAX.test(token);
}

/**
 * What a store sees instead of the id: its SHA-256 in lower-case hex, so that a stolen dump opens no session and a file
 * system that ignores case keeps ids apart (OWASP ASVS 5.0, 7.2).
 */
export function storageKey(id: string): string {
  return hash('sha256', id, 'hex');
}

/** The public name of a session, safe in logs and lists: neither its id nor its storage key, and new with every id. */
export function handleOf(id: string): string {
  return hash('sha256', `handle:${id}`, 'base64url').slice(0, 22);
}

/** A new write id: a random UUID, which Node draws from a pool, since there is one for every save and it need not be a secret. */
export function newWriteId(): string {
  return randomUUID();
}
