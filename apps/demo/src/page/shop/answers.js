import { byId, create, paintBadge } from '../dom.js';
import { answers, succeeded } from './shop-api.js';

const SHOWN = 24;

/** The latest answer in words, and the last ones as a strip of letters. */
export function showAnswers() {
  answers.addEventListener('answer', ({ detail: answer }) => {
    showLatest(answer);
    extendStrip(answer);
  });
}

function showLatest(answer) {
  paintBadge(byId('latest-badge'), answer.instance);
  const latest = byId('latest');
  latest.textContent = succeeded(answer) ? inWords(answer) : `${inWords(answer)}: ${answer.body?.message ?? ''}`;
  latest.classList.toggle('failed', !succeeded(answer));
}

function extendStrip(answer) {
  const strip = byId('strip');
  const badge = create('span', { className: 'badge badge-small', ariaHidden: 'true' });
  paintBadge(badge, answer.instance);
  badge.classList.toggle('failed', !succeeded(answer));
  const words = create('span', { className: 'visually-hidden' }, inWords(answer));
  strip.append(create('li', { title: inWords(answer) }, badge, words));
  while (strip.children.length > SHOWN) strip.firstElementChild?.remove();
}

function inWords({ method, path, status, instance, ms }) {
  const who = instance === null ? 'No instance' : `Instance ${instance}`;
  const what = `${method} ${decodeURIComponent(path)}`;
  return status === 0 ? `Nobody answered ${what}` : `${who} answered ${what} with ${status} in ${ms} ms`;
}
