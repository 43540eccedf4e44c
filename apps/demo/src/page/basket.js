import { byId, create, onPress } from './dom.js';

/** What the shop sells, by the session's key for how many are in the basket. */
const PRODUCTS = new Map([
  ['basket/apples', 'Apples'],
  ['basket/bread', 'Bread'],
  ['basket/cheese', 'Cheese'],
  ['basket/coffee', 'Coffee'],
]);

/** The basket, with a button for everything that the shop sells. */
export function createBasket({ add, remove }) {
  const list = byId('basket');
  const rows = new Map();

  for (const [key, name] of PRODUCTS) {
    const button = create('button', { type: 'button', ariaLabel: `Add ${name}` }, `+ ${name}`);
    onPress(button, () => add(key));
    byId('shelf').append(button);
    rows.set(
      key,
      createRow(name, () => remove(key)),
    );
  }

  return function show({ data }) {
    const present = [...rows].filter(([key]) => typeof data[key] === 'number');
    for (const [key, { element, count }] of rows) {
      count.textContent = `× ${data[key]}`;
      if (!present.some(([other]) => other === key)) leave(element);
    }
    for (const [, { element }] of present) if (!element.isConnected) list.append(element);
    byId('basket-empty').hidden = present.length > 0;
  };
}

function createRow(name, remove) {
  const count = create('span', { className: 'count' });
  const button = create('button', { type: 'button', className: 'small', ariaLabel: `Remove ${name}` }, 'Remove');
  onPress(button, remove);
  return { count, element: create('li', {}, create('span', { className: 'name' }, name), count, button) };
}

/** Whoever works with the keyboard is not thrown back to the top of the page when a row goes. */
function leave(row) {
  const hadFocus = row.contains(document.activeElement);
  row.remove();
  if (hadFocus) byId('basket-title').focus();
}
