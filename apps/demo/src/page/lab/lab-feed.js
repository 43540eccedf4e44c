import { hasLab } from './lab-api.js';

const AGAIN_MS = 2_000;
const NAMES = ['view', 'requests', 'progress', 'result'];

/**
 * What the balancer tells as it happens, for as long as the page is open.
 * @param handlers by the name of the event; `connection` is told `open`, `lost`, or `none` where there is no lab at all
 */
export function openFeed(handlers) {
  const source = new EventSource('/__demo/events');
  for (const name of NAMES) {
    source.addEventListener(name, ({ data }) => handlers[name](JSON.parse(data)));
  }
  source.addEventListener('open', () => handlers.connection('open'));
  source.addEventListener('error', () => {
    handlers.connection('lost');
    // Otherwise the browser tries again by itself.
    if (source.readyState === EventSource.CLOSED) void openAgain(handlers);
  });
}

async function openAgain(handlers) {
  if ((await hasLab()) === false) handlers.connection('none');
  else setTimeout(() => openFeed(handlers), AGAIN_MS);
}
