import { HttpException } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';
import { SessionError, SessionStoreError } from '../contracts/errors.js';
import type { Refusal } from './response-refusal.js';

/** Seconds after which a client may try again when the store did not answer (RFC 9110, 10.2.3). */
const RETRY_AFTER_SECONDS = '1';

/** An error as the response `{ statusCode, error, message }`. What is none of ours says nothing about itself. */
export function refusalFor(error: unknown): Refusal {
  const status = error instanceof SessionError ? error.statusCode : 500;
  const message = error instanceof SessionError ? error.message : 'Internal server error';
  return {
    status,
    body: HttpException.createBody(message, STATUS_CODES[status] ?? 'Error', status),
    headers: error instanceof SessionStoreError ? { 'Retry-After': RETRY_AFTER_SECONDS } : {},
  };
}
