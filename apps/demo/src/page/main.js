import { createAccount } from './account.js';
import { createBasket } from './basket.js';
import { byId, onPress } from './dom.js';
import { createInstances } from './instances.js';
import { showRequests } from './request-strip.js';
import { createSessionDetails } from './session-details.js';
import { ask, succeeded } from './shop-api.js';

const SESSION = '/api/session';

let busy = Promise.resolve();

/** One after the other: a visitor who is not known yet would get a session from each of several requests at once. */
function inTurn(work) {
  busy = busy.then(work);
  return busy;
}

/** Changes something at one instance, then looks at it at the next. */
function change(method, path, body) {
  return inTurn(async () => {
    const answer = await ask(method, path, body);
    if (succeeded(answer) || answer.status === 401) await show();
  });
}

function look() {
  return inTurn(show);
}

async function show() {
  const answer = await ask('GET', SESSION);
  if (succeeded(answer)) for (const view of views) view(answer.body);
}

showRequests();
createInstances();

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

onPress(byId('ask-again'), async () => {
  for (let times = 0; times < 9; times += 1) await look();
});

await look();
