const ROOT = '/__demo';

/**
 * Asks the balancer to do something with the cluster.
 * @returns what went wrong, for people; undefined when it has happened
 */
export async function act(path, body) {
  try {
    const response = await fetch(`${ROOT}${path}`, {
      method: 'POST',
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (response.ok) return undefined;
    const { message } = await response.json();
    return String(message);
  } catch {
    return 'The balancer does not answer';
  }
}

/** Whether this address is the balancer's; an instance alone has no lab. Undefined when nobody answers. */
export async function hasLab() {
  const response = await fetch(`${ROOT}/lab`).catch(() => undefined);
  return response === undefined ? undefined : response.status !== 404;
}
