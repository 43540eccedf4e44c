import { byId, create } from '../dom.js';
import { short, withUnit } from '../numbers.js';
import { tableOf } from './rows.js';

/** The last results of all stores, side by side. */
export function createComparison() {
  const place = byId('comparison');
  let shown;

  return function showView(view) {
    const said = JSON.stringify([view.store, view.results.map(({ experiment, store, at }) => [experiment, store, at])]);
    if (said === shown) return;
    shown = said;
    const table = tableOf(view);
    place.hidden = table.groups.length === 0;
    byId('comparison-empty').hidden = table.stores.length > 1;
    place.replaceChildren(tableElement(table, view.store));
  };
}

function tableElement({ stores, groups }, current) {
  const heads = stores.map((store) => {
    const head = create('th', { scope: 'col' }, store);
    if (store === current) head.append(create('span', { className: 'now' }, 'now'));
    return head;
  });
  return create(
    'table',
    {},
    create('thead', {}, create('tr', {}, create('th', { scope: 'col' }, 'Experiment'), ...heads)),
    ...groups.map((group) => groupElement(group, stores)),
  );
}

function groupElement({ title, rows, failures }, stores) {
  const head = create('th', { scope: 'rowgroup', colSpan: stores.length + 1, className: 'group' }, title);
  return create(
    'tbody',
    {},
    create('tr', {}, head),
    ...rows.map((row) => rowElement(row, stores)),
    ...(failures.size === 0 ? [] : [failureElement(failures, stores)]),
  );
}

function rowElement({ name, unit, cells, best }, stores) {
  const values = stores.map((store) => {
    const figure = cells.get(store);
    if (figure === undefined) return create('td', { className: 'none' }, '–');
    const cell = create('td', {}, withUnit(figure.value, unit));
    if (figure.spread !== undefined && figure.spread[0] !== figure.spread[1])
      cell.append(create('span', { className: 'spread' }, figure.spread.map(short).join(' to ')));
    if (figure.value === best) {
      cell.className = 'best';
      cell.append(create('span', { className: 'visually-hidden' }, ' (best)'));
    }
    return cell;
  });
  return create('tr', {}, create('th', { scope: 'row' }, name), ...values);
}

function failureElement(failures, stores) {
  const cells = stores.map((store) => create('td', { className: 'none' }, failures.get(store) ?? ''));
  return create('tr', {}, create('th', { scope: 'row' }, 'could not be tried'), ...cells);
}
