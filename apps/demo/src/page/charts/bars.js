import { create } from '../dom.js';
import { withUnit } from '../numbers.js';

/** A few values beside each other, as bars with their names and numbers. */
export function createBars({ unit, bars }) {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const rows = bars.map(({ name, value }) => {
    const fill = create('span', { className: 'bar-fill', ariaHidden: 'true' });
    fill.style.width = `${(Math.max(0, value) / most) * 100}%`;
    return create(
      'li',
      {},
      create('span', { className: 'bar-name' }, name),
      create('span', { className: 'bar-track', ariaHidden: 'true' }, fill),
      create('span', { className: 'bar-value' }, withUnit(value, unit)),
    );
  });
  const element = create('ul', { className: 'bars', ariaLabel: `Bars, in ${unit}` }, ...rows);
  return { element, redraw: () => {} };
}
