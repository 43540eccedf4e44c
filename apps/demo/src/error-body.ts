import { STATUS_CODES } from 'node:http';

/** The body of every error, of the balancer and of the instances. */
export interface ErrorBody {
  readonly statusCode: number;
  /** The status in words. */
  readonly error: string;
  readonly message: string;
}

/** The body for a status of 400 or above. */
export function errorBody(statusCode: number, message: string): ErrorBody {
  return { statusCode, error: STATUS_CODES[statusCode] ?? 'Error', message };
}
