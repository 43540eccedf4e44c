import { SessionError, SessionStoreError } from '../contracts/errors.js';
import { NOT_ASKED } from './call-gate.js';

/** Node has no name for it. */
const ESTALE = -116;

/** After these nothing has changed in the file system. */
const REFUSED = new Set([NOT_ASKED, 'EACCES', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOSPC', 'ENOTDIR', 'EPERM', 'EROFS']);

/** A call of the file system that failed. Says its code alone: the path in its own message holds the storage key. */
export class FileSystemError extends SessionStoreError {
  constructor(
    readonly code: string,
    outcome?: 'not-executed' | 'unknown',
  ) {
    super(code, outcome);
    this.name = SessionStoreError.name;
  }
}

/** The code of a failed call of the file system, such as `ENOSPC`. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if ('errno' in error && error.errno === ESTALE) return 'ESTALE';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Does some work on files; an error of the file system becomes a `FileSystemError`. */
export async function answering<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof SessionError ? error : new FileSystemError(codeOf(error));
  }
}

/** The same for the one call that makes a change: after some errors nobody knows whether it did. */
export async function committing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code = codeOf(error);
    throw new FileSystemError(code, REFUSED.has(code) ? 'not-executed' : 'unknown');
  }
}
