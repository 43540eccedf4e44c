import { byId, create, onPress, setText } from '../dom.js';

/** What the shop sells, by the session's key for how many are in the basket. */
const PRODUCTS = new Map([
  ['basket/apples', 'Apples'],
  ['basket/bread', 'Bread'],
  ['basket/cheese', 'Cheese'],
  ['basket/coffee', 'Coffee'],
]);

/** How many things are in the basket of a session. */
export function countIn({ data }) {
  return [...PRODUCTS.keys()].reduce((sum, key) => sum + amountOf(data[key]), 0);
}

/** The basket: a row for everything that the shop sells, so that nothing moves when it is filled. */
export function createBasket({ add, remove }) {
  const rows = [...PRODUCTS].map(([key, name]) => ({
    key,
    show: addRow(
      name,
      () => add(key),
      () => remove(key),
    ),
  }));
  return function show({ data }) {
    for (const { key, show: showRow } of rows) showRow(amountOf(data[key]));
  };
}

function addRow(name, onAdd, onRemove) {
  const count = create('span', { className: 'count' });
  const add = create('button', { type: 'button', className: 'small', ariaLabel: `Add ${name}` }, 'Add');
  const remove = create('button', { type: 'button', className: 'small', ariaLabel: `Remove ${name}` }, 'Remove');
  onPress(add, onAdd);
  onPress(remove, onRemove);
  byId('basket').append(create('li', {}, create('span', { className: 'name' }, name), count, remove, add));

  return function show(amount) {
    setText(count, amount === 0 ? '–' : `× ${amount}`);
    // Whoever works with the keyboard is not thrown back to the top of the page.
    if (amount === 0 && document.activeElement === remove) add.focus();
    remove.disabled = amount === 0;
  };
}

function amountOf(value) {
  return typeof value === 'number' ? value : 0;
}
