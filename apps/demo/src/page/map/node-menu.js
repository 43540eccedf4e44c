import { byId, create, onPress } from '../dom.js';
import { actionsFor } from './states.js';

const MARGIN = 8;

/**
 * The menu of a node of the map: what can be done to it. The browser closes it at Escape or a press elsewhere, and gives the focus
 * back to the button.
 * @param button what opens it
 * @param choose told the action; the menu is closed before
 */
export function createMenu(button, name, isInstance, choose) {
  const menu = create('div', { className: 'menu', popover: 'auto', id: `menu-of-${name}` });
  menu.setAttribute('role', 'group');
  menu.setAttribute('aria-label', `What to do to ${name}`);
  byId('map').append(menu);
  button.popoverTargetElement = menu;
  let shown;

  menu.addEventListener('toggle', ({ newState }) => {
    if (newState !== 'open') return;
    place(menu, button);
    menu.querySelector('button')?.focus();
  });

  return function show(view, details) {
    const said = `${view.state} ${details}`;
    if (said === shown) return;
    shown = said;
    const hadFocus = menu.contains(document.activeElement);
    menu.replaceChildren(create('p', { className: 'hint' }, details), ...actionsFor(view, isInstance).map(item));
    if (hadFocus) (menu.querySelector('button') ?? button).focus();
  };

  function item({ action, label, hint }) {
    const choice = create(
      'button',
      { type: 'button' },
      create('strong', {}, label),
      create('span', { className: 'hint' }, hint),
    );
    onPress(choice, () => {
      menu.hidePopover();
      button.focus();
      return choose(action);
    });
    return choice;
  }
}

/** Under its node, or over it where there is no room, and never outside of the window. */
function place(menu, button) {
  const node = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.min(
    Math.max(MARGIN, node.left + node.width / 2 - width / 2),
    document.documentElement.clientWidth - width - MARGIN,
  );
  const below = node.bottom + MARGIN / 2;
  const top =
    below + height > window.innerHeight && node.top > height + MARGIN ? node.top - height - MARGIN / 2 : below;
  menu.style.left = `${left + window.scrollX}px`;
  menu.style.top = `${top + window.scrollY}px`;
}
