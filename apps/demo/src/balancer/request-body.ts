import type { IncomingMessage } from 'node:http';
import { Refusal } from '../refusal.js';

const MOST_BYTES = 10_000;

/** The JSON object in the body of a request to the balancer itself. Throws `Refusal` for anything else. */
export async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  let text = '';
  // Who sends too much shall hear that, and not see the connection break.
  for await (const chunk of request.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (text.length > MOST_BYTES) throw new Refusal(413, `The body is longer than ${MOST_BYTES} characters`);
  }
  const value = parse(text);
  if (typeof value !== 'object' || value === null) throw new Refusal(400, 'The body must be a JSON object');
  return { ...value };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'The body is not JSON');
  }
}
