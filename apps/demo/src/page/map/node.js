import { create, paintBadge, setText } from '../dom.js';
import { createMenu } from './node-menu.js';
import { WORDS } from './states.js';

/**
 * An instance on the map, with its letter and colour.
 * @param act does an action such as `kill` to it
 */
export function createInstanceNode(name, act) {
  const badge = create('span', { className: 'badge', ariaHidden: 'true' });
  paintBadge(badge, name);
  return createNode(name, `Instance ${name}`, badge, true, act);
}

/** A server that keeps the sessions, or a directory. */
export function createServerNode(name, act) {
  return createNode(name, name, create('span', { className: 'drum', ariaHidden: 'true' }), false, act);
}

function createNode(name, title, symbol, isInstance, act) {
  const state = create('span', { className: 'state' });
  const last = create('span', { className: 'last' });
  const button = create(
    'button',
    { type: 'button', className: 'node' },
    symbol,
    create('span', { className: 'node-name' }, title),
    state,
    last,
  );
  const showMenu = createMenu(button, name, isInstance, act);
  const element = create('li', {}, button);

  return {
    element,
    button,
    show(view, details) {
      setText(state, WORDS[view.state] ?? view.state);
      button.dataset.state = view.state;
      showMenu(view, details);
    },
    /** Says something about the last request, such as how long it took. */
    note(text) {
      setText(last, text);
    },
    /** Whether it was the one that answered you. */
    setMine(mine) {
      button.classList.toggle('mine', mine);
    },
  };
}
