import { create } from '../dom.js';

const KINDS = ['good', 'bad', 'unknown'];

/** One tile for each thing that was tried, with a sign as well as a colour, and how many there are of each kind. */
export function createTiles({ tiles, legend }) {
  const counts = KINDS.map((kind) => ({ kind, count: tiles.filter((tile) => tile === kind).length })).filter(
    ({ kind, count }) => count > 0 || (kind !== 'unknown' && legend[kind] !== undefined),
  );
  const field = create(
    'div',
    { className: 'tile-field' },
    ...tiles.map((kind) => create('span', { className: `tile ${kind}` })),
  );
  field.setAttribute('role', 'img');
  field.setAttribute(
    'aria-label',
    counts.map(({ kind, count }) => `${count} times ${legend[kind] ?? kind}`).join(', '),
  );
  const key = counts.map(({ kind, count }) =>
    create(
      'li',
      {},
      create('span', { className: `tile ${kind}`, ariaHidden: 'true' }),
      `${legend[kind] ?? 'could not be asked'}: ${count}`,
    ),
  );
  const element = create('div', { className: 'tiles' }, field, create('ul', { className: 'legend' }, ...key));
  return { element, redraw: () => {} };
}
