import { byId, draw } from '../dom.js';

/** The lines between what is on the map, which follow it when the page changes its width. */
export function createWires() {
  const map = byId('map');
  const drawing = draw('svg', { class: 'wires', 'aria-hidden': 'true' });
  map.prepend(drawing);
  let ends = [];

  function redraw() {
    const origin = map.getBoundingClientRect();
    drawing.querySelectorAll('.wire').forEach((wire) => wire.remove());
    for (const { from, to, state, beside } of ends) {
      const path = draw('path', { class: 'wire', d: beside ? across(from, to, origin) : down(from, to, origin) });
      path.dataset.state = state;
      drawing.prepend(path);
    }
  }
  new ResizeObserver(redraw).observe(map);

  return {
    drawing,
    /** @param next pairs of elements, with the state of what is at the end; `beside` where both stand in one row */
    connect(next) {
      ends = next;
      redraw();
    },
    /** The way through these elements, from the first to the last, as a path. */
    way(...elements) {
      const origin = map.getBoundingClientRect();
      return elements
        .slice(1)
        .map((element, index) => down(elements[index], element, origin))
        .join(' ');
    },
  };
}

function down(from, to, origin) {
  const [a, b] = [from.getBoundingClientRect(), to.getBoundingClientRect()];
  const [x1, y1] = [a.left + a.width / 2 - origin.left, a.bottom - origin.top];
  const [x2, y2] = [b.left + b.width / 2 - origin.left, b.top - origin.top];
  const middle = (y1 + y2) / 2;
  return `M${x1} ${y1} C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`;
}

function across(from, to, origin) {
  const [a, b] = [from.getBoundingClientRect(), to.getBoundingClientRect()];
  const y = a.top + a.height / 2 - origin.top;
  return `M${a.right - origin.left} ${y} L${b.left - origin.left} ${y}`;
}
