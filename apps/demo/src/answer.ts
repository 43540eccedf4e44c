import type { ServerResponse } from 'node:http';
import { errorBody } from './error-body.js';

/** Answers with JSON, without any framework. */
export function answerJson(response: ServerResponse, statusCode: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(statusCode, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(text);
}

/** Answers with an error body; nothing happens when an answer has begun already. */
export function answerError(response: ServerResponse, statusCode: number, message: string): void {
  if (response.headersSent || response.destroyed) return;
  if (statusCode === 503) response.setHeader('Retry-After', '1');
  answerJson(response, statusCode, errorBody(statusCode, message));
}
