import type { IncomingMessage } from 'node:http';
import { BadRequestException, PayloadTooLargeException } from '@nestjs/common';

const MAX_BYTES = 4 * 1024 * 1024;
const JSON_TYPE = /^application\/(?:[^;]+\+)?json\s*(?:;|$)/i;

/**
 * The JSON object in a request's body, undefined when there is no body: one reading for both platforms, whose own parsers
 * differ in media types, encodings and in what they do to `__proto__`. Throws 400 for anything else, 413 over 4 MiB.
 */
export async function readJsonBody(request: IncomingMessage): Promise<object | undefined> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  const type = request.headers['content-type'];
  if (type !== undefined && !JSON_TYPE.test(type)) throw new BadRequestException('The body must be application/json');
  const value = parse(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadRequestException('The body must be a JSON object');
  }
  return value;
}

/** Reads to the end even when it is too much, keeping nothing of it: a client that still sends would not hear the answer. */
async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length <= MAX_BYTES) chunks.push(chunk);
      else chunks.length = 0;
    }
  } catch {
    throw new BadRequestException('The body ended before it was complete');
  }
  if (length > MAX_BYTES) throw new PayloadTooLargeException(`The body is larger than ${MAX_BYTES} bytes`);
  return Buffer.concat(chunks);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new BadRequestException('The body is not JSON in UTF-8');
  }
}
