import { create, draw } from '../dom.js';
import { short } from '../numbers.js';
import { linear, ticksUpTo } from './scale.js';

const PLOT_HEIGHT = 170;
const EVENT_ROW = 18;
const [LEFT, RIGHT, BELOW] = [44, 14, 40];
const LETTER_WIDTH = 7;

/** Values over seconds, with what happened meanwhile as lines across. */
export function createTimeline(timeline) {
  const frame = create('div', { className: 'timeline' });
  const element = create('figure', {}, frame, legendOf(timeline));
  const redraw = () => {
    const width = frame.clientWidth;
    if (width > 0) frame.replaceChildren(drawingOf(timeline, width));
  };
  new ResizeObserver(redraw).observe(frame);
  return { element, redraw };
}

function drawingOf({ unit, series, events }, width) {
  const points = series.flatMap(({ points: own }) => own);
  const end = Math.max(0.001, ...points.map(([seconds]) => seconds), ...events.map(({ seconds }) => seconds));
  const yTicks = ticksUpTo(Math.max(0, ...points.map(([, value]) => value)), 4);
  const rows = rowsOf(events, linear(end, LEFT, width - RIGHT), width);
  const top = 22 + EVENT_ROW * Math.max(0, ...rows.map(({ row }) => row + 1));
  const bottom = top + PLOT_HEIGHT;
  const x = linear(end, LEFT, width - RIGHT);
  const y = linear(yTicks.at(-1), bottom, top);

  return draw(
    'svg',
    { width, height: bottom + BELOW, role: 'img', 'aria-label': inWords({ unit, series, events }) },
    text(0, 12, unit, { class: 'axis-name' }),
    ...yTicks.flatMap((tick) => [
      draw('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) }),
      text(LEFT - 8, y(tick) + 4, short(tick), { 'text-anchor': 'end' }),
    ]),
    ...ticksUpTo(end, width < 400 ? 4 : 8)
      .filter((tick) => tick <= end)
      .map((tick) => text(x(tick), bottom + 18, short(tick), { 'text-anchor': 'middle' })),
    text(width - RIGHT, bottom + 35, 'seconds', { class: 'axis-name', 'text-anchor': 'end' }),
    ...rows.flatMap(({ event, row, anchor }) => eventOf(event, x(event.seconds), 22 + EVENT_ROW * row, bottom, anchor)),
    ...series.map(({ points: own }, index) =>
      draw('polyline', { class: `line line-${index % 4}`, points: own.map(([s, v]) => `${x(s)},${y(v)}`).join(' ') }),
    ),
  );
}

/** Labels that would stand in each other's way get rows of their own. */
function rowsOf(events, x, width) {
  const ends = [];
  return events
    .toSorted((a, b) => a.seconds - b.seconds)
    .map((event) => {
      const [at, length] = [x(event.seconds), event.label.length * LETTER_WIDTH + 8];
      const anchor = at + length > width && at - length > 0 ? 'end' : 'start';
      const [from, to] = anchor === 'start' ? [at, at + length] : [at - length, at];
      let row = ends.findIndex((taken) => taken <= from);
      if (row === -1) row = ends.length;
      ends[row] = to;
      return { event, row, anchor };
    });
}

function eventOf({ label }, x, y, bottom, anchor) {
  return [
    draw('line', { class: 'event', x1: x, x2: x, y1: y, y2: bottom }),
    text(anchor === 'start' ? x + 5 : x - 5, y + 10, label, { class: 'event-name', 'text-anchor': anchor }),
  ];
}

function legendOf({ series }) {
  if (series.length < 2) return '';
  const items = series.map(({ name }, index) => {
    const sample = draw('svg', { width: 24, height: 10, 'aria-hidden': 'true' });
    sample.append(draw('line', { class: `line line-${index % 4}`, x1: 0, x2: 24, y1: 5, y2: 5 }));
    return create('li', {}, sample, name);
  });
  return create('ul', { className: 'legend' }, ...items);
}

function inWords({ unit, series, events }) {
  const lines = series.map(({ name, points }) => {
    const values = points.map(([, value]) => value);
    return `${name} from ${short(Math.min(...values))} to ${short(Math.max(...values))}`;
  });
  const happened = events.map(({ seconds, label }) => `${label} at ${short(seconds)} s`);
  return `Over time, ${unit}: ${[...lines, ...happened].join('; ')}`;
}

function text(x, y, content, attributes) {
  return draw('text', { x, y, ...attributes }, content);
}
