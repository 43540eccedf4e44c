/**
 * What an instance, or nobody, said to a request.
 * @typedef {{ method: string, path: string, status: number, instance: string | null, body: any, ms: number }} Answer
 */

/** Emits `answer` events whose `detail` is an Answer, for every request that goes through `ask`. */
export const answers = new EventTarget();

/**
 * Sends a request to whichever instance is next. Never rejects: without an answer the status is 0.
 * @returns {Promise<Answer>}
 */
export async function ask(method, path, body) {
  const started = performance.now();
  const answer = { method, path, status: 0, instance: null, body: { message: 'The balancer does not answer' } };
  try {
    const response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    answer.status = response.status;
    answer.instance = response.headers.get('X-Instance');
    answer.body = response.status === 204 ? null : await response.json();
  } catch {
    // Said by the status.
  }
  const timed = { ...answer, ms: Math.round(performance.now() - started) };
  answers.dispatchEvent(new CustomEvent('answer', { detail: timed }));
  return timed;
}

/** Whether a request was carried out. */
export function succeeded(answer) {
  return answer.status >= 200 && answer.status < 300;
}
