import { createAccount } from './account.js';
import { createBasket } from './basket.js';
import { createSessionDetails } from './session-details.js';
import { ask, succeeded } from './shop-api.js';

const SESSION = '/api/session';

/**
 * The shop's views over one session.
 * @param seen told the session whenever it was looked at
 * @returns `look`, which asks for the session again and resolves when it is shown
 */
export function createShop({ seen }) {
  let busy = Promise.resolve();

  /** One after the other: a visitor who is not known yet would get a session from each of several requests at once. */
  function inTurn(work) {
    busy = busy.then(work);
    return busy;
  }

  async function show() {
    const answer = await ask('GET', SESSION);
    if (!succeeded(answer)) return;
    for (const view of views) view(answer.body);
    seen(answer.body);
  }

  /** Changes something at one instance, then looks at it at the next. */
  function change(method, path, body) {
    return inTurn(async () => {
      const answer = await ask(method, path, body);
      if (succeeded(answer) || answer.status === 401) await show();
    });
  }

  const views = [
    createAccount({
      login: (user) => change('POST', '/api/login', { user }),
      logout: () => change('POST', '/api/logout'),
    }),
    createBasket({
      add: (key) => change('POST', `/api/session/increment/${encodeURIComponent(key)}`),
      remove: (key) => change('DELETE', `${SESSION}/data/${encodeURIComponent(key)}`),
    }),
    createSessionDetails({
      touch: () => change('POST', `${SESSION}/touch`),
      regenerate: () => change('POST', `${SESSION}/regenerate`),
      destroy: () => change('DELETE', SESSION),
    }),
  ];

  return { look: () => inTurn(show) };
}
